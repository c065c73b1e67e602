// Shows what was pushed, and opens the alarm when somebody touches it.
"use strict";
self.addEventListener("push", (event) => {
  const told = event.data.json();
  const more = { body: told.body, tag: told.tag, requireInteraction: told.high, data: { url: told.url } };
  event.waitUntil(self.registration.showNotification(told.title, more));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data.url || "/alarms"));
});
