// A peer made of Java's SSLSocket and SSLServerSocket: see program.py for what such a peer takes
// and prints. Certificate and key come as PKCS#12 (`store`, password "handfast").
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;

public class TlsPeer {
    static final char[] PASSWORD = "handfast".toCharArray();
    static final Map<String, String> options = new HashMap<>();

    static String quote(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : String.valueOf(text).toCharArray()) {
            out.append(c < ' ' || c > '~' || c == '"' || c == '\\'
                ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        }
        return out.append('"').toString();
    }

    static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    static void fail(Exception error) {
        say("{\"ok\": false, \"error\": " + quote(error.toString()) + "}");
    }

    // Sends our certificate whatever CAs the server names.
    static class Always extends X509ExtendedKeyManager {
        final X509ExtendedKeyManager inner;
        final String alias;

        Always(X509ExtendedKeyManager inner, String alias) {
            this.inner = inner;
            this.alias = alias;
        }

        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            return alias;
        }

        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return inner.chooseServerAlias(type, issuers, socket);
        }

        public X509Certificate[] getCertificateChain(String name) {
            return inner.getCertificateChain(name);
        }

        public PrivateKey getPrivateKey(String name) {
            return inner.getPrivateKey(name);
        }

        public String[] getClientAliases(String type, Principal[] issuers) {
            return new String[] { alias };
        }

        public String[] getServerAliases(String type, Principal[] issuers) {
            return inner.getServerAliases(type, issuers);
        }
    }

    static SSLContext context() throws Exception {
        KeyManager[] keys = null;
        TrustManagerFactory trust = null;
        if (options.containsKey("store")) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = new FileInputStream(options.get("store"))) {
                store.load(in, PASSWORD);
            }
            KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
            factory.init(store, PASSWORD);
            keys = factory.getKeyManagers();
            keys[0] = new Always((X509ExtendedKeyManager) keys[0], store.aliases().nextElement());
        }
        if (options.containsKey("ca")) {
            KeyStore roots = KeyStore.getInstance("PKCS12");
            roots.load(null, null);
            try (InputStream in = new FileInputStream(options.get("ca"))) {
                roots.setCertificateEntry("root",
                    CertificateFactory.getInstance("X.509").generateCertificate(in));
            }
            trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(roots);
        }
        SSLContext made = SSLContext.getInstance("TLS");
        made.init(keys, trust == null ? null : trust.getTrustManagers(), null);
        return made;
    }

    static SSLParameters parameters(SSLParameters made) {
        made.setProtocols(new String[] { "1.2".equals(options.get("version")) ? "TLSv1.2"
            : "TLSv1.3" });
        if (options.containsKey("suites")) {
            made.setCipherSuites(options.get("suites").split(","));
        }
        if (options.containsKey("alpn")) {
            made.setApplicationProtocols(options.get("alpn").split(","));
        }
        String auth = options.getOrDefault("client-auth", "none");
        if (auth.equals("request")) {
            made.setWantClientAuth(true);
        } else if (auth.equals("require")) {
            made.setNeedClientAuth(true);
        }
        return made;
    }

    static int stapleSize(ExtendedSSLSession session) {
        if (!options.containsKey("staple")) {
            return 0;
        }
        List<byte[]> responses = session.getStatusResponses();
        return responses.isEmpty() ? 0 : responses.get(0).length;
    }

    static String facts(SSLSocket socket) {
        int certificates = 0;
        try {
            certificates = socket.getSession().getPeerCertificates().length;
        } catch (SSLPeerUnverifiedException none) {
            certificates = 0;
        }
        return "{\"ok\": true, \"version\": "
            + quote(socket.getSession().getProtocol().replace("v", " "))
            + ", \"suite\": " + quote(socket.getSession().getCipherSuite())
            + ", \"alpn\": " + quote(socket.getApplicationProtocol())
            + ", \"peer_certificates\": " + certificates
            + ", \"staple\": " + stapleSize((ExtendedSSLSession) socket.getSession());
    }

    // A connection with a line there and back: its facts, or null.
    static String exchange(SSLContext made) throws Exception {
        int port = Integer.parseInt(options.get("port"));
        try (Socket plain = new Socket(InetAddress.getByName("127.0.0.1"), port);
                SSLSocket socket = (SSLSocket) made.getSocketFactory().createSocket(plain,
                    options.get("name"), port, true)) {
            SSLParameters wanted = parameters(socket.getSSLParameters());
            wanted.setServerNames(List.of(new SNIHostName(options.get("name"))));
            wanted.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(wanted);
            socket.setSoTimeout(20000);
            socket.startHandshake();
            socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.UTF_8));
            StringBuilder line = new StringBuilder();
            int next;
            while (line.indexOf("\n") < 0 && (next = socket.getInputStream().read()) >= 0) {
                line.append((char) next);
            }
            socket.shutdownOutput();
            while (socket.getInputStream().read() >= 0) {
                continue;
            }
            return facts(socket) + ", \"line\": " + quote(line.toString()) + ", \"closed\": true}";
        } catch (IOException error) {
            fail(error);
            System.exit(1);
            return null;
        }
    }

    static void client() throws Exception {
        SSLContext made = context();
        String facts = exchange(made);
        say(options.containsKey("resume") ? exchange(made) : facts);
    }

    static void serve(SSLSocket socket) {
        try (socket) {
            socket.setSoTimeout(20000);
            socket.startHandshake();
            String facts = facts(socket);
            byte[] piece = new byte[4096];
            int count;
            while ((count = socket.getInputStream().read(piece)) > 0) {
                socket.getOutputStream().write(piece, 0, count);
            }
            socket.shutdownOutput();
            say(facts + ", \"closed\": true}");
        } catch (IOException error) {
            if (!String.valueOf(error.getMessage()).contains("terminated the handshake")) {
                fail(error);
            }
        }
    }

    public static void main(String[] words) throws Exception {
        for (int i = 1; i + 1 < words.length; i += 2) {
            options.put(words[i], words[i + 1]);
        }
        if (options.containsKey("groups")) {
            System.setProperty("jdk.tls.namedGroups", options.get("groups"));
        }
        if ("no".equals(options.get("tickets"))) {
            System.setProperty("jdk.tls.client.enableSessionTicketExtension", "false");
            System.setProperty("jdk.tls.server.enableSessionTicketExtension", "false");
        }
        if (options.containsKey("suites")) {
            // Static RSA is off in newer releases.
            Security.setProperty("jdk.tls.disabledAlgorithms", "");
        }
        if (words[0].equals("client")) {
            client();
            return;
        }
        SSLServerSocket listener = (SSLServerSocket) context().getServerSocketFactory()
            .createServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        listener.setSSLParameters(parameters(listener.getSSLParameters()));
        System.err.println("listening on 127.0.0.1:" + listener.getLocalPort());
        while (true) {
            SSLSocket socket = (SSLSocket) listener.accept();
            new Thread(() -> serve(socket)).start();
        }
    }
}
