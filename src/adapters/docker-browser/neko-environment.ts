type Options = {
  size: { width: number; height: number; fps: number };
  address: string;
  port: number;
  apiToken: string;
};

const OFF = 'false';
const ON = 'true';

/**
 * Every value that Portal depends on: defaults and the image's own file differ between versions, and the environment counts
 * before both. Never a name of version 2, which would change the meaning of all others.
 */
export function nekoEnvironment({ size, address, port, apiToken }: Options): Record<string, string> {
  const { width, height, fps } = size;
  return {
    NEKO_SERVER_BIND: ':8080',
    NEKO_SERVER_METRICS: OFF,
    // The legacy API lets other members type while one is host, and can hang a room.
    NEKO_LEGACY: OFF,
    NEKO_MEMBER_PROVIDER: 'object',
    NEKO_SESSION_API_TOKEN: apiToken,
    NEKO_SESSION_COOKIE_ENABLED: OFF,
    // Who drives is Portal's decision, by `can_host` alone.
    NEKO_SESSION_IMPLICIT_HOSTING: OFF,
    NEKO_SESSION_LOCKED_CONTROLS: OFF,
    NEKO_SESSION_CONTROL_PROTECTION: OFF,
    NEKO_SESSION_PRIVATE_MODE: OFF,
    NEKO_SESSION_LOCKED_LOGINS: OFF,
    NEKO_SESSION_INACTIVE_CURSORS: OFF,
    NEKO_SESSION_MERCIFUL_RECONNECT: ON,
    // They would go round the sealing of the chat, and its mutes.
    NEKO_CHAT_ENABLED: OFF,
    NEKO_FILETRANSFER_ENABLED: OFF,
    NEKO_CAPTURE_MICROPHONE_ENABLED: OFF,
    NEKO_CAPTURE_WEBCAM_ENABLED: OFF,
    NEKO_CAPTURE_SCREENCAST_ENABLED: OFF,
    NEKO_DESKTOP_SCREEN: `${width}x${height}@${fps}`,
    // Changing between two pipelines can hang the picture for good.
    NEKO_CAPTURE_VIDEO_IDS: 'main',
    NEKO_CAPTURE_VIDEO_CODEC: 'vp8',
    NEKO_CAPTURE_VIDEO_PIPELINES: JSON.stringify({ main: pipeline(size) }),
    NEKO_WEBRTC_UDPMUX: String(port),
    NEKO_WEBRTC_TCPMUX: String(port),
    // Without an address it asks a service on the Internet for one.
    NEKO_WEBRTC_NAT1TO1: address,
    NEKO_WEBRTC_ICELITE: ON,
    // An empty list would name a third party's server. Viewers are told Portal's own list instead of this one.
    NEKO_WEBRTC_ICESERVERS_FRONTEND: JSON.stringify([{ urls: ['stun:127.0.0.1:9'] }]),
    NEKO_LOG_JSON: ON,
  };
}

/** n.eko's own VP8, with the pace and the bits for this size. Pages draw the pointer themselves. */
function pipeline({ width, height, fps }: Options['size']) {
  const kilobits = Math.round(3072 * Math.max(0.25, (width * height * fps) / (1280 * 720 * 30)));
  return {
    fps: String(fps),
    show_pointer: false,
    gst_encoder: 'vp8enc',
    gst_params: {
      'target-bitrate': String(kilobits * 650),
      'cpu-used': '4',
      'end-usage': 'cbr',
      threads: '4',
      deadline: '1',
      undershoot: '95',
      'buffer-size': String(kilobits * 4),
      'buffer-initial-size': String(kilobits * 2),
      'buffer-optimal-size': String(kilobits * 3),
      'keyframe-max-dist': String(Math.max(25, fps)),
      'min-quantizer': '4',
      'max-quantizer': '20',
    },
  };
}
