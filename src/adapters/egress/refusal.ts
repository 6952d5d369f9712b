/** Why a request goes no further: a status, and a sentence for the people in front of the browser. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

const REASONS: Record<number, string> = {
  400: 'Bad Request',
  403: 'Forbidden',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
};

/** The refusal as an answer, after which the connection ends. */
export function refusalAnswer({ status, message }: Refusal): string {
  return [
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Error'}`,
    'Content-Type: text/plain; charset=utf-8',
    'X-Content-Type-Options: nosniff',
    'Cache-Control: no-store',
    ...(status === 407 ? ['Proxy-Authenticate: Basic realm="Portal"'] : []),
    `Content-Length: ${Buffer.byteLength(message) + 1}`,
    'Connection: close',
    '',
    `${message}\n`,
  ].join('\r\n');
}
