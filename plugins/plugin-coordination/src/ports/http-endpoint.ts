/** Whatever answers requests of the web's own kind, with a body that somebody has parsed or not. */
export interface HttpEndpoint {
  fetch(request: Request, options?: { readonly parsedBody?: unknown }): Promise<Response>;
}
