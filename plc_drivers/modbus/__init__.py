"""Modbus: TCP, TLS, RTU and RTU over TCP."""
