// Relative, so that it holds behind a proxy too; no badge of an online validator.
SwaggerUIBundle({
  url: "../openapi.json",
  dom_id: "#api",
  deepLinking: true,
  validatorUrl: null,
});
