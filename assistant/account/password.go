package account

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"
)

// params are the cost of a password's hash: argon2id as RFC 9106 describes it, with the memory that the OWASP password
// storage sheet asks for at least. One hash takes 50–100 ms on one core of a small server.
var params = &argon2id.Params{Memory: 32 << 10, Iterations: 3, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// How many hashes are computed at a time, how many logins may wait for that, and for how long. Logins must never take
// the cores and the memory that the chat needs.
const (
	hashesAtOnce = 1
	hashQueue    = 32
	hashWait     = 5 * time.Second
)

type hasher struct {
	slots   chan struct{}
	waiting atomic.Int32
	decoy   string // a hash of which nobody knows the password
}

func newHasher() *hasher {
	salt, key := make([]byte, params.SaltLength), make([]byte, params.KeyLength)
	_, _ = rand.Read(salt) // never fails, see crypto/rand
	_, _ = rand.Read(key)
	b64 := base64.RawStdEncoding
	return &hasher{
		slots: make(chan struct{}, hashesAtOnce),
		decoy: fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", params.Memory, params.Iterations, params.Parallelism, b64.EncodeToString(salt), b64.EncodeToString(key)),
	}
}

// enter waits for a slot; the caller calls leave. Where too many wait, a *TooManyError says so.
func (h *hasher) enter(ctx context.Context) error {
	defer h.waiting.Add(-1)
	if h.waiting.Add(1) > hashQueue {
		return &TooManyError{hashWait, true}
	}
	limit := time.NewTimer(hashWait)
	defer limit.Stop()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-limit.C:
		return &TooManyError{hashWait, true}
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hasher) leave() { <-h.slots }

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	hash, err := argon2id.CreateHash(norm.NFC.String(password), params)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

// check compares a password with a hash. Without a hash it takes as long, and nothing matches. stale says that the hash
// was made with another cost than today's.
func (h *hasher) check(ctx context.Context, password string, hash *string) (match, stale bool, err error) {
	against := h.decoy
	if hash != nil {
		against = *hash
	}
	if err := h.enter(ctx); err != nil {
		return false, false, err
	}
	defer h.leave()
	match, used, err := argon2id.CheckHash(norm.NFC.String(password), against)
	if err != nil {
		return false, false, fmt.Errorf("check a password: %w", err)
	}
	return match && hash != nil, *used != *params, nil
}

// The lengths of a password, in characters. The upper one keeps a form from becoming work.
const (
	shortestPassword = 10
	longestPassword  = 200
)

//go:embed common_passwords.txt
var commonList string

// commonPasswords are what people use everywhere, and here, the longest first: a password has to be more than these.
var commonPasswords = sync.OnceValue(func() []string {
	words := strings.Fields(commonList)
	for i, word := range words {
		words[i] = simplify(word)
	}
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
})

// CheckPassword tells in a Chinese sentence what is wrong with a password that a person has chosen.
func CheckPassword(password, login, name string) error {
	length := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return invalid("口令里有看不见的字符，请重新输入")
	case length < shortestPassword:
		return invalid("口令太短，请至少用 %d 个字符", shortestPassword)
	case length > longestPassword:
		return invalid("口令太长，最多 %d 个字符", longestPassword)
	case monotonous(password):
		return invalid("口令太容易猜到，请不要重复同几个字符，也不要用连着的数字或字母")
	}
	simple := simplify(password)
	for _, own := range []string{simplify(login), simplify(name)} {
		if utf8.RuneCountInString(own) >= 2 && strings.Contains(simple, own) && length-utf8.RuneCountInString(own) < 8 {
			return invalid("口令里有您的登录名或姓名，太容易猜到，请换一个")
		}
	}
	for _, common := range commonPasswords() {
		simple = strings.ReplaceAll(simple, common, "")
	}
	if utf8.RuneCountInString(simple) < 5 {
		return invalid("这个口令很多人在用，太容易猜到，请换一个")
	}
	return nil
}

// simplify makes alike what people think of as different: case, and the signs that stand for letters.
func simplify(text string) string {
	return strings.NewReplacer("@", "a", "0", "o", "$", "s", "!", "i", "1", "i", "3", "e", "5", "s", " ", "", "-", "", "_", "", ".", "").
		Replace(strings.ToLower(norm.NFKC.String(text)))
}

// monotonous tells that a password has fewer than five different characters or is mostly one step after the other, as
// in 12345678 or abcdefgh.
func monotonous(password string) bool {
	runes := []rune(strings.ToLower(password))
	different, steps := map[rune]bool{}, 0
	for i, r := range runes {
		different[r] = true
		if i > 0 && (r-runes[i-1] == 1 || r-runes[i-1] == -1 || r == runes[i-1]) {
			steps++
		}
	}
	return len(different) < 5 || steps*4 >= (len(runes)-1)*3
}

// oneTimePassword makes 80 random bits in groups, of signs that do not look alike (RFC 4648 base32).
func oneTimePassword() string {
	text := rand.Text()
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:16]
}
