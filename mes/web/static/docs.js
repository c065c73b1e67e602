// The API's description, from files of our own: no validator, no CDN.
"use strict";
SwaggerUIBundle({ url: "/api/v1/openapi.json", dom_id: "#docs", validatorUrl: null, deepLinking: true });
