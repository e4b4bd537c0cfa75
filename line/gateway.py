"""The gateway: how everything outside the scan sees the line. Latest image and views (conflated), events (never dropped)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping

from line.image import Snapshot
from line.messages import Event, JsonObject


class Subscription:
    """What one reader has not taken yet: at most one image, at most one view per name, and every event."""

    def __init__(self, image: Snapshot | None, views: Mapping[str, JsonObject]) -> None:
        self._image = image
        self._views: dict[str, JsonObject] = dict(views)
        self._events: deque[Event] = deque()
        self._ready = asyncio.Event()
        if image is not None or views:
            self._ready.set()

    async def wait(self) -> None:
        """Return when there is something to take."""
        await self._ready.wait()

    def take(self) -> tuple[Snapshot | None, dict[str, JsonObject], list[Event]]:
        """Everything that is new since the last take."""
        taken = (self._image, self._views, list(self._events))
        self._image, self._views = None, {}
        self._events.clear()
        self._ready.clear()
        return taken

    def offer(self, image: Snapshot | None, views: Mapping[str, JsonObject], events: Iterable[Event]) -> None:
        """Add what is new; called by the gateway only."""
        if image is not None:
            self._image = image
        self._views.update(views)
        self._events.extend(events)
        self._ready.set()


class Gateway:
    """Keeps the latest of everything and hands it to subscribers. Lives in the engine's event loop, not thread-safe."""

    def __init__(self) -> None:
        self.image: Snapshot | None = None
        self.views: dict[str, JsonObject] = {}
        self._subscriptions: list[Subscription] = []

    def publish(self, image: Snapshot, views: Mapping[str, JsonObject]) -> None:
        """A new image and the views that changed with it."""
        self.image = image
        self.views.update(views)
        for subscription in self._subscriptions:
            subscription.offer(image, views, ())

    def publish_events(self, events: Iterable[Event]) -> None:
        """Events that are durable now, in order."""
        kept = tuple(events)
        if not kept:
            return
        for subscription in self._subscriptions:
            subscription.offer(None, {}, kept)

    def subscribe(self) -> Subscription:
        """A reader that starts with the latest image and all views; events from now on."""
        subscription = Subscription(self.image, self.views)
        self._subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a reader."""
        self._subscriptions.remove(subscription)
