// A peer made of Node's tls: see program.py for what such a peer takes and prints.
'use strict';
const { constants } = require('crypto');
const fs = require('fs');
const tls = require('tls');

const curves = { x25519: 'X25519', x448: 'X448', secp256r1: 'P-256', secp384r1: 'P-384',
  secp521r1: 'P-521' };
const options = {};
for (let i = 3; i + 1 < process.argv.length; i += 2) {
  options[process.argv[i]] = process.argv[i + 1];
}

function read(name) {
  return options[name] ? fs.readFileSync(options[name]) : undefined;
}

const common = {
  ca: read('ca'), cert: read('cert'), key: read('key'),
  minVersion: options.version === '1.2' ? 'TLSv1.2' : 'TLSv1.3',
  maxVersion: options.version === '1.2' ? 'TLSv1.2' : 'TLSv1.3',
};
if (options.suites) {
  common.ciphers = `${options.suites.replaceAll(',', ':')}:DEFAULT:@SECLEVEL=0`;
}
if (options.tickets === 'no') {
  common.secureOptions = constants.SSL_OP_NO_TICKET;
}
if (options.groups) {
  common.ecdhCurve = options.groups.split(',').map((name) => curves[name]).join(':');
}
if (options.alpn) {
  common.ALPNProtocols = options.alpn.split(',');
}

function report(facts) {
  console.log(JSON.stringify(facts));
}

function facts(socket) {
  const peer = socket.getPeerCertificate();
  const known = {
    ok: true, version: socket.getProtocol().replace('v', ' '),
    suite: socket.getCipher().standardName || socket.getCipher().name,
    alpn: socket.alpnProtocol || '',
    peer_certificates: peer && Object.keys(peer).length > 0 ? 1 : 0,
    resumed: socket.isSessionReused(),
  };
  if (options.export) {
    known.export = socket.exportKeyingMaterial(32, options.export).toString('hex');
  }
  return known;
}

// A connection with a line there and back; `done` gets its facts and its session.
function exchange(session, done) {
  const socket = tls.connect({ ...common, host: '127.0.0.1', port: Number(options.port),
    servername: options.name, session, requestOCSP: options.staple === 'yes' });
  let known;
  let line = '';
  let staple = 0;
  let kept;
  socket.on('OCSPResponse', (response) => {
    staple = response ? response.length : 0;
  });
  socket.on('session', (granted) => {
    kept = granted;
  });
  socket.on('secureConnect', () => {
    known = facts(socket);
    socket.write('hello\n');
  });
  socket.on('data', (piece) => {
    line += piece;
    if (line.endsWith('\n')) {
      socket.end();
    }
  });
  socket.on('end', () => done({ ...known, staple, line, closed: true }, kept));
  socket.on('error', (error) => {
    report({ ok: false, error: `${error.code} ${error.message}` });
    process.exit(1);
  });
}

function client() {
  exchange(undefined, (known, session) => {
    if (options.resume) {
      exchange(session, report);
    } else {
      report(known);
    }
  });
}

// Node keeps no sessions by itself: those of session IDs.
function keepSessions(listener) {
  const kept = new Map();
  listener.on('newSession', (id, session, done) => {
    kept.set(id.toString('hex'), session);
    done();
  });
  listener.on('resumeSession', (id, done) => done(null, kept.get(id.toString('hex')) || null));
}

function server() {
  const auth = options['client-auth'];
  const listener = tls.createServer({ ...common, dhparam: 'auto', requestCert: auth === 'request'
    || auth === 'require', rejectUnauthorized: auth === 'require' }, (socket) => {
    const known = facts(socket);
    socket.on('data', (piece) => socket.write(piece));
    socket.on('end', () => {
      socket.end();
      report({ ...known, closed: true });
    });
    socket.on('error', (error) => report({ ok: false, error: error.message }));
  });
  if (options.tickets === 'no') {
    keepSessions(listener);
  }
  if (options.staple) {
    listener.on('OCSPRequest', (certificate, issuer, done) => done(null, read('staple')));
  }
  listener.on('tlsClientError', (error) => {
    if (error.code !== 'ECONNRESET') {
      report({ ok: false, error: `${error.code} ${error.message}` });
    }
  });
  listener.listen(0, '127.0.0.1', () => {
    console.error(`listening on 127.0.0.1:${listener.address().port}`);
  });
}

if (process.argv[2] === 'client') {
  client();
} else {
  server();
}
