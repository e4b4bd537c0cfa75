"""Shifts and their log, stops, OEE, orders, service requests: what people account for."""
