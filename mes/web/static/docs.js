// The API's description, from files of our own: no validator, no CDN. Parts are closed at first: opened all at once, so
// many routes are not drawn to the end.
"use strict";
SwaggerUIBundle({
  url: "/api/v1/openapi.json", dom_id: "#docs", validatorUrl: null, deepLinking: true,
  docExpansion: "none", defaultModelsExpandDepth: 0,
});
