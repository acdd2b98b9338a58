import { json, type Operation } from '@oidc/core/plugin'
import { parseRegistration, type Registration } from './registration-response.js'

const strict = { quirks: {}, allowInsecure: undefined, asked: {} }

// Each is written out: a bundler cannot tell that a spread does nothing, and would keep them all.
const parse: Operation<Registration>['parse'] = (body, { client }) => parseRegistration(body, client, strict)

/** The registration request. {@link https://www.rfc-editor.org/rfc/rfc7591#section-3.1 RFC 7591, section 3.1} */
export const registrationOperation: Operation<Registration> = {
  name: 'registration',
  endpoint: 'registration_endpoint',
  method: 'POST',
  credential: 'token',
  body: 'json',
  status: [201],
  // Sent twice, it registers two clients.
  replay: 'if_refused',
  accept: { 'application/json': json },
  parse,
}

/** {@link https://www.rfc-editor.org/rfc/rfc7592#section-2.1 RFC 7592, section 2.1} */
export const readRegistrationOperation: Operation<Registration> = {
  name: 'registration_read',
  endpoint: null,
  method: 'GET',
  credential: 'token',
  body: 'none',
  status: [200],
  replay: 'if_refused',
  accept: { 'application/json': json },
  parse,
}

/** {@link https://www.rfc-editor.org/rfc/rfc7592#section-2.2 RFC 7592, section 2.2} */
export const updateRegistrationOperation: Operation<Registration> = {
  name: 'registration_update',
  endpoint: null,
  method: 'PUT',
  credential: 'token',
  body: 'json',
  status: [200],
  replay: 'if_refused',
  accept: { 'application/json': json },
  parse,
}

/** {@link https://www.rfc-editor.org/rfc/rfc7592#section-2.3 RFC 7592, section 2.3} */
export const deleteRegistrationOperation: Operation<void> = {
  name: 'registration_delete',
  endpoint: null,
  method: 'DELETE',
  credential: 'token',
  body: 'none',
  status: [204],
  replay: 'if_refused',
  accept: {},
  parse: () => undefined,
}
