package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

const (
	sendLimit    = 8 * time.Second  // for one message, all attempts of send together
	maxReply     = 64 << 10         // bytes that are read of an answer
	maxHeader    = 16 << 10         // and of its header
	skewTolerate = 30 * time.Second // a clock that is off by less is not to blame
)

var (
	errPrivate = errors.New("the address is not on the public network")
	errAddress = errors.New("the address is not one")
)

// sender posts messages. It follows no redirect, uses no proxy, checks certificates and connects to public addresses
// only.
type sender struct {
	client *http.Client
	now    func() time.Time
}

// newSender returns a sender that may also connect to the networks in private. roots are the certificates that are
// trusted; nil means the system's.
func newSender(private []netip.Prefix, roots *x509.CertPool, now func() time.Time) *sender {
	// The check is of the address that is dialled and not of the name: a name could change what it stands for.
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !allowed(to.Addr(), private) {
			return errPrivate
		}
		return nil
	}}
	transport := &http.Transport{
		DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 5 * time.Second, MaxResponseHeaderBytes: maxHeader, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 1,
	}
	return &sender{now: now, client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

// allowed says whether an address may be connected to.
func allowed(to netip.Addr, private []netip.Prefix) bool {
	to = to.Unmap().WithZone("")
	for _, network := range private {
		if network.Contains(to) {
			return true
		}
	}
	if !to.IsGlobalUnicast() || to.IsPrivate() {
		return false
	}
	for _, network := range reserved {
		if network.Contains(to) {
			return false
		}
	}
	return true
}

// reserved are the networks beyond those that netip knows that are not the public network, or lead back from it: the
// IANA registries of special-purpose addresses.
var reserved = networks("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16")

func networks(texts ...string) (all []netip.Prefix) {
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// send delivers a message, or says why not. Where the other side finds fault with the signature and its clock is
// another than ours, it tries once more by the other clock: a server without the right time still calls for help.
func (s *sender) send(ctx context.Context, a address, m message) verdict {
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	at := s.now()
	v, theirs := s.post(ctx, a, m, at)
	if v.clock && !theirs.IsZero() && theirs.Sub(at).Abs() > skewTolerate {
		v, _ = s.post(ctx, a, m, theirs)
	}
	return v
}

// post makes one request. theirs is the other side's time.
func (s *sender) post(ctx context.Context, a address, m message, at time.Time) (v verdict, theirs time.Time) {
	r, err := a.request(ctx, m, at)
	if err != nil {
		return verdict{outcome: refused, code: "address"}, theirs
	}
	response, err := s.client.Do(r)
	if err != nil {
		return failure(err), theirs
	}
	defer response.Body.Close()
	theirs, _ = http.ParseTime(response.Header.Get("Date"))
	body, err := io.ReadAll(io.LimitReader(response.Body, maxReply))
	if err != nil && (a.channel != Webhook || response.StatusCode >= 300) {
		return failure(err), theirs
	}
	return judge(a.channel, response.StatusCode, response.Header, body), theirs
}

// failure names what went wrong without the words of the error: those hold the address.
func failure(err error) verdict {
	var lookup *net.DNSError
	var certificate *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.Is(err, errPrivate):
		return verdict{outcome: refused, code: "private_address"}
	case errors.As(err, &certificate):
		return verdict{outcome: retry, code: "certificate"}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return verdict{outcome: retry, code: "timeout"}
	case errors.As(err, &lookup):
		return verdict{outcome: retry, code: "dns"}
	}
	return verdict{outcome: retry, code: "connection"}
}

// ParseNetworks reads a list of networks or addresses, as 10.0.0.0/8 and 192.168.1.5, separated by commas or spaces.
func ParseNetworks(text string) (all []netip.Prefix, err error) {
	for _, field := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		network, err := netip.ParsePrefix(field)
		if err != nil {
			single, err := netip.ParseAddr(field)
			if err != nil {
				return nil, fmt.Errorf("%q is not a network", field)
			}
			network = netip.PrefixFrom(single, single.BitLen())
		}
		all = append(all, network.Masked())
	}
	return all, nil
}
