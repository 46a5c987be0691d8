/** Answers as the services give them. */

export function answer(body: unknown, status = 200): Response {
  return Response.json(body, { status });
}

export function refuse(status: number, code: string, message: string): Response {
  return answer({ error: { code, message } }, status);
}
