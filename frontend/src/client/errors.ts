/** Every failure becomes one sentence for a person: the API's own where there is one. */

export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
  ) {
    super(message);
  }

  /** Whether the same request may succeed later without anyone changing it. */
  get isTransient(): boolean {
    return this.status >= 500 || this.status === 408 || this.status === 429;
  }
}

/** Whether the same request may succeed later; a dead network throws fetch's own TypeError. */
export function isTransient(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof ApiError && error.isTransient);
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a successful answer; throws ApiError for a refusal. */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) return data as T;
  throw refusal(error, response.status);
}

export function refusal(body: unknown, status: number): ApiError {
  const error = (body as { error?: { code?: string; message?: string } } | undefined)?.error;
  if (error?.message) return new ApiError(error.message, status, error.code ?? "REFUSED");
  const wait = "Larder is starting or busy; try again in a moment.";
  return new ApiError(status >= 500 ? wait : `The request was refused (${status}).`, status, "REFUSED");
}

/** What to show for anything that was thrown. */
export function sentence(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  if (error instanceof TypeError) return "Larder cannot be reached; check that it is running. This page keeps trying.";
  return error instanceof Error ? error.message : "Something went wrong; reload the page and try again.";
}
