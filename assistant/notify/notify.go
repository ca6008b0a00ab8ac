// Package notify tells staff outside the console that a ticket waits: through the robots of DingTalk, Feishu and WeCom
// groups and through webhooks. What goes out is built from a few fields of the ticket's row and nothing else: no
// personal data, no word of a conversation.
//
// The rows of the table notifications are the truth. A Deliverer takes those that are due, one message at a time, and
// writes down what came of it; several may work on one database. Delivery is at least once: a crash right after
// sending repeats one message, which names its ticket and rung.
package notify

import "fmt"

// The channels that this package sends through.
const (
	DingTalk = "dingtalk"
	Feishu   = "feishu"
	WeCom    = "wecom"
	Webhook  = "webhook"
)

// Channels are all of them.
var Channels = []string{DingTalk, Feishu, WeCom, Webhook}

// Box seals addresses and keys, and opens them.
type Box interface {
	Seal(plain []byte) ([]byte, error)
	Open(sealed []byte) ([]byte, error)
}

// wrap says what was being done when err came about; nil stays nil.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
