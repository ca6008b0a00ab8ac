// Package secret keeps what the database must hold and nobody who reads the database may know: the address of a robot,
// the telephone number of a family. The key is in the environment or in a file beside the database, never in it, and so
// in no backup.
package secret

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
)

// KeySize is the length of a key in bytes: AES-256.
const KeySize = 32

// A sealed value is: version (1 byte), mark of the key, nonce, ciphertext with its tag. Version and mark are
// authenticated too.
const (
	version  = 1
	markSize = 4
	header   = 1 + markSize
)

// What Open tells apart.
var (
	ErrOtherKey = errors.New("sealed with another key")
	ErrBroken   = errors.New("not a sealed value, or damaged")
)

// Box seals and opens values with one key, by AES-256-GCM (NIST SP 800-38D) with a random nonce each: safe for 2³²
// values. It is safe for concurrent use.
type Box struct {
	aead cipher.AEAD
	mark []byte
}

// New returns a box with a key of KeySize bytes.
func New(key []byte) (*Box, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("a key has %d bytes, not %d", KeySize, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("use the key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("use the key: %w", err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("xiaohe: mark of a key"))
	return &Box{aead, mac.Sum(nil)[:markSize]}, nil
}

// Seal encrypts a value. The same value looks different each time.
func (b *Box) Seal(plain []byte) ([]byte, error) {
	head := append([]byte{version}, b.mark...)
	return b.aead.Seal(head, nil, plain, head), nil
}

// Open returns a value that Seal made. The error is ErrOtherKey or ErrBroken.
func (b *Box) Open(sealed []byte) ([]byte, error) {
	if len(sealed) < header+b.aead.Overhead() || sealed[0] != version {
		return nil, ErrBroken
	}
	head, body := sealed[:header:header], sealed[header:]
	if !bytes.Equal(head[1:], b.mark) {
		return nil, ErrOtherKey
	}
	plain, err := b.aead.Open(nil, nil, body, head)
	if err != nil {
		return nil, ErrBroken
	}
	return plain, nil
}

// NewKey makes a random key.
func NewKey() []byte {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails
	return key
}
