import type { Static } from '@sinclair/typebox';
import type * as auth from '../../modules/people/auth/auth.model.ts';
import type { StrangerSession } from '../match-wire.ts';
import type { AccountLookup, Done, LoginCodeRequested, VerifiedProfile } from '../wire.ts';
import type { Body, CallOptions, Route } from './route.ts';

/** Whose account is looked for, ignoring case. */
export type LookupBody = Body<Static<typeof auth.LookupBody>>;
export type IdentityBody = Body<Static<typeof auth.IdentityBody>>;
export type VerifyBody = Body<Static<typeof auth.VerifyBody>>;
export type Ways = Static<typeof auth.Ways>;
export type ClaimBody = Body<Static<typeof auth.ClaimBody>>;

/** Signing in and out. In a browser the session is a cookie; elsewhere `PortalRest.token` holds it. */
export interface Auth {
  /** How people can come in: what a page offers. */
  ways(options?: CallOptions): Promise<Ways>;
  /** Finds out how a user can sign in. `ERR_NOT_FOUND` if there is no such account. */
  lookup(body: LookupBody, options?: CallOptions): Promise<AccountLookup>;
  /** Requests a login code for an identity; the platform's bot delivers it. */
  requestCode(body: IdentityBody, options?: CallOptions): Promise<LoginCodeRequested>;
  /** Signs in with a login code. `ERR_CODE_INVALID` if it is wrong, expired, used, or requested from elsewhere. */
  verify(body: VerifyBody, options?: CallOptions): Promise<VerifiedProfile>;
  /** Creates the first Owner and signs in, with the token from the link that the server printed. */
  claim(body: ClaimBody, options?: CallOptions): Promise<VerifiedProfile>;
  /** Starts an anonymous session, which may search for people and talk to them. `ERR_STRANGERS_OFF` where there are none. */
  stranger(options?: CallOptions): Promise<StrangerSession>;
  /** Ends the session, its key and its sockets. */
  logout(options?: CallOptions): Promise<Done>;
}

export const AUTH = {
  ways: 'GET /v1/authentication/ways listWaysIn key',
  lookup: 'POST /v1/authentication/lookup lookupUser key body again',
  requestCode: 'POST /v1/authentication/request requestLoginCode key body again',
  verify: 'POST /v1/authentication/verify verifyLoginCode key body',
  claim: 'POST /v1/authentication/claim claimInstance key body',
  stranger: 'POST /v1/authentication/stranger becomeStranger key',
  logout: 'POST /v1/authentication/logout logout',
} as const satisfies Record<keyof Auth, Route>;
