package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// Token makes a text of 32 random bytes that opens something, and what is stored of it: HashToken of the text.
func Token() (text string, hash []byte) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails, see crypto/rand
	text = base64.RawURLEncoding.EncodeToString(raw)
	return text, HashToken(text)
}

// HashToken is the SHA-256 of a token. A token is random enough to need no salt and no slow hash.
func HashToken(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}
