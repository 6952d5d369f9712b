export type SessionEndReason = 'logout' | 'destroyed' | 'banned' | 'timeout' | 'expired';

export type SessionsEvent = {
  name: 'session.ended';
  sessionId: string;
  userId: number | null;
  reason: SessionEndReason;
};
