/** Every code that this package throws: what it means, what usually causes it, and what to do. At run time nothing reads it, so a bundle does not hold it. */
export const errorCodes = {
  MTLS_OPTION_INVALID: {
    means: 'An option of mtls() or tlsClientAuth() is of the wrong kind.',
    causes: ['method is something else than the two methods of RFC 8705.'],
    remedy: 'Read the message: it names the option and what is wanted.',
  },
  MTLS_CERTIFICATE_INVALID: {
    means: 'What was given as a certificate is none.',
    causes: ['The private key was given, or a certificate request.', 'A file was read that is neither PEM nor DER.'],
    remedy: 'Give the certificate as PEM text, as DER bytes, or as an X509Certificate of Node.',
  },
  MTLS_CERTIFICATE_REFUSED: {
    means: 'The server refused the client because of its certificate, or because it saw none.',
    causes: [
      'The fetch of the client presents no certificate: the library itself cannot.',
      'The certificate is not the registered one, or its subject differs from the registered tls_client_auth_ value.',
      'A proxy in front of the server ends TLS and does not hand the certificate on.',
    ],
    remedy: 'Give the client a fetch that presents the certificate, and compare that certificate with what is registered at the server.',
  },
  MTLS_HANDSHAKE: {
    means: 'The TLS handshake failed because of the certificate of the client.',
    causes: [
      'The fetch of the client presents no certificate, and the server demands one.',
      'The certificate has expired, or is of an authority that the server does not trust.',
    ],
    remedy: 'Give the client a fetch that presents a certificate which the server trusts. The alert of TLS is in the message.',
  },
  MTLS_BINDING: {
    means: 'A token is bound to another certificate than this one, or to none where it must be.',
    causes: [
      'The certificate was renewed after the token was issued.',
      'The fetch of the client presents another certificate than the option certificate names.',
      'The token was stolen from another client.',
    ],
    remedy: 'Use the certificate that the token was issued for, or get a new token.',
  },
} as const

/** A code of @oidc/mtls. */
export type MtlsErrorCode = keyof typeof errorCodes
