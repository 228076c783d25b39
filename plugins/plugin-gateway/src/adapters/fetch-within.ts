/** `fetch` that goes nowhere but where it was sent: a redirect would carry key and prompt along. */
export const fetchWithin: typeof fetch = (input, init) =>
  fetch(input, { ...init, redirect: 'error' });
