// A peer made of Go's crypto/tls: see program.py for what such a peer takes and prints.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

var groups = map[string]tls.CurveID{"x25519": tls.X25519, "secp256r1": tls.CurveP256,
	"secp384r1": tls.CurveP384, "secp521r1": tls.CurveP521}
var versions = map[uint16]string{tls.VersionTLS12: "TLS 1.2", tls.VersionTLS13: "TLS 1.3"}
var auths = map[string]tls.ClientAuthType{"none": tls.NoClientCert,
	"request": tls.VerifyClientCertIfGiven, "require": tls.RequireAndVerifyClientCert}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func report(facts map[string]any) {
	line, err := json.Marshal(facts)
	must(err)
	fmt.Println(string(line))
}

func suiteID(name string) uint16 {
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if suite.Name == name {
			return suite.ID
		}
	}
	must(errors.New("no suite " + name))
	return 0
}

func configure(options map[string]string) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS13, ServerName: options["name"]}
	if options["version"] == "1.2" {
		config.MinVersion, config.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	}
	if file := options["cert"]; file != "" {
		pair, err := tls.LoadX509KeyPair(file, options["key"])
		must(err)
		if staple := options["staple"]; staple != "" {
			pair.OCSPStaple, err = os.ReadFile(staple)
			must(err)
		}
		config.Certificates = []tls.Certificate{pair}
		// Send it whatever CAs the server names.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &pair, nil
		}
	}
	if file := options["ca"]; file != "" {
		pem, err := os.ReadFile(file)
		must(err)
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(pem)
		config.RootCAs, config.ClientCAs = pool, pool
	}
	if list := options["alpn"]; list != "" {
		config.NextProtos = strings.Split(list, ",")
	}
	if list := options["groups"]; list != "" {
		for _, name := range strings.Split(list, ",") {
			config.CurvePreferences = append(config.CurvePreferences, groups[name])
		}
	}
	// TLS 1.3's suites are not for choosing here.
	if list := options["suites"]; list != "" && options["version"] == "1.2" {
		for _, name := range strings.Split(list, ",") {
			config.CipherSuites = append(config.CipherSuites, suiteID(name))
		}
	}
	config.SessionTicketsDisabled = options["tickets"] == "no"
	if options["resume"] != "" {
		config.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	}
	config.ClientAuth = auths[options["client-auth"]]
	return config
}

func facts(connection *tls.Conn, options map[string]string) map[string]any {
	state := connection.ConnectionState()
	known := map[string]any{"ok": true, "suite": tls.CipherSuiteName(state.CipherSuite),
		"version": versions[state.Version],
		"alpn": state.NegotiatedProtocol, "peer_certificates": len(state.PeerCertificates),
		"resumed": state.DidResume, "staple": len(state.OCSPResponse)}
	if label := options["export"]; label != "" {
		secret, err := state.ExportKeyingMaterial(label, nil, 32)
		must(err)
		known["export"] = hex.EncodeToString(secret)
	}
	return known
}

func failure(err error) map[string]any {
	return map[string]any{"ok": false, "error": err.Error()}
}

// A connection with a line there and back.
func exchange(options map[string]string, config *tls.Config) map[string]any {
	plain, err := net.DialTimeout("tcp", "127.0.0.1:"+options["port"], 10*time.Second)
	must(err)
	plain.SetDeadline(time.Now().Add(20 * time.Second))
	connection := tls.Client(plain, config)
	fail := func(err error) {
		report(failure(err))
		os.Exit(1)
	}
	if err := connection.Handshake(); err != nil {
		fail(err)
	}
	if _, err := connection.Write([]byte("hello\n")); err != nil {
		fail(err)
	}
	reader := bufio.NewReader(connection)
	line, err := reader.ReadString('\n')
	if err != nil {
		fail(err)
	}
	known := facts(connection, options)
	if err := connection.CloseWrite(); err != nil {
		fail(err)
	}
	_, err = io.ReadAll(reader)
	known["line"], known["closed"] = line, err == nil
	return known
}

func client(options map[string]string) {
	config := configure(options)
	known := exchange(options, config)
	if options["resume"] != "" {
		known = exchange(options, config)
	}
	report(known)
}

func serve(plain net.Conn, config *tls.Config, options map[string]string) {
	defer plain.Close()
	plain.SetDeadline(time.Now().Add(20 * time.Second))
	connection := tls.Server(plain, config)
	if err := connection.Handshake(); err != nil {
		if !errors.Is(err, io.EOF) {
			report(failure(err))
		}
		return
	}
	known := facts(connection, options)
	_, err := io.Copy(connection, connection)
	known["closed"] = err == nil
	connection.Close()
	report(known)
}

func main() {
	options := map[string]string{}
	for i := 2; i+1 < len(os.Args); i += 2 {
		options[os.Args[i]] = os.Args[i+1]
	}
	if os.Args[1] == "client" {
		client(options)
		return
	}
	config := configure(options)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	fmt.Fprintf(os.Stderr, "listening on %s\n", listener.Addr())
	for {
		plain, err := listener.Accept()
		must(err)
		go serve(plain, config, options)
	}
}
