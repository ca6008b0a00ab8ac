package secret

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"xiaohe/database"
)

func newBox(t testing.TB) *Box {
	t.Helper()
	box, err := New(NewKey())
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func TestWhatIsSealedOpensAgainAndNowhereElse(t *testing.T) {
	t.Parallel()
	box, other := newBox(t), newBox(t)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		sealed, err := box.Seal(plain)
		if err != nil {
			t.Fatal(err)
		}
		if opened, err := box.Open(sealed); err != nil || !bytes.Equal(opened, plain) {
			t.Fatalf("%v %q", err, opened)
		}
		if len(plain) > 3 && bytes.Contains(sealed, plain) {
			t.Fatal("the value is not encrypted")
		}
		again, _ := box.Seal(plain)
		if bytes.Equal(again, sealed) {
			t.Fatal("the same value can be recognised")
		}
		if _, err := other.Open(sealed); !errors.Is(err, ErrOtherKey) {
			t.Fatalf("another key: %v", err)
		}
		at := rapid.IntRange(0, len(sealed)-1).Draw(t, "at")
		sealed[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := box.Open(sealed); err == nil {
			t.Fatalf("a changed byte %d goes unnoticed", at)
		}
	})
}

func TestAKeyHas32Bytes(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 16, 31, 33} {
		if _, err := New(make([]byte, size)); err == nil {
			t.Errorf("a key of %d bytes is taken", size)
		}
	}
}

func FuzzOpen(f *testing.F) {
	box := newBox(f)
	whole, _ := box.Seal([]byte("13800000000"))
	for _, seed := range [][]byte{nil, {version}, whole, whole[:len(whole)-1], append(bytes.Clone(whole), 0), make([]byte, 64)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sealed []byte) {
		plain, err := box.Open(sealed)
		if (err == nil) != bytes.Equal(sealed, whole) {
			t.Errorf("%q opens to %q, %v", sealed, plain, err)
		}
		if err != nil && !errors.Is(err, ErrBroken) && !errors.Is(err, ErrOtherKey) {
			t.Errorf("%v", err)
		}
	})
}

func TestTheFileIsMadeOnceByWhoeverComesFirst(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	keys := make([][]byte, 16)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			key, err := loadKey("", folder)
			if err != nil {
				t.Error(err)
			}
			keys[i] = key
		})
	}
	all.Wait()
	for _, key := range keys {
		if len(key) != KeySize || !bytes.Equal(key, keys[0]) {
			t.Fatal("two processes have two keys")
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 || entries[0].Name() != fileName {
		t.Fatalf("%v %v", err, entries)
	}
	if info, err := entries[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", err, info.Mode())
	}
}

func TestTheEnvironmentWinsOverTheFile(t *testing.T) {
	t.Parallel()
	folder, key := t.TempDir(), NewKey()
	for _, text := range []string{base64.StdEncoding.EncodeToString(key), base64.RawURLEncoding.EncodeToString(key) + "\n"} {
		if got, err := loadKey(text, folder); err != nil || !bytes.Equal(got, key) {
			t.Errorf("%v", err)
		}
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 0 {
		t.Errorf("a file is made that nobody uses: %v", entries)
	}
}

func TestWrongKeysAreExplained(t *testing.T) {
	t.Parallel()
	open, garbage, file := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "file")
	key := base64.StdEncoding.EncodeToString(NewKey())
	for path, mode := range map[string]os.FileMode{filepath.Join(open, fileName): 0o644, filepath.Join(garbage, fileName): 0o600, file: 0o600} {
		text := key
		if strings.HasPrefix(path, garbage) {
			text = key[:20]
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct{ environment, folder, want string }{
		"short":              {key[:20], t.TempDir(), "openssl rand -base64 32"},
		"not base64":         {strings.Repeat("密", 20), t.TempDir(), Variable},
		"others can read it": {"", open, "chmod 600"},
		"damaged":            {"", garbage, "坏了"},
		"no folder":          {"", filepath.Join(file, "data"), Variable},
	} {
		var user *database.UserError
		_, err := loadKey(c.environment, c.folder)
		if !errors.As(err, &user) || !strings.Contains(user.Message, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), key[:20]) {
			t.Errorf("%s: the error shows the key", name)
		}
	}
}

func TestTheKeyIsBesideTheDatabase(t *testing.T) {
	t.Parallel()
	for dir, want := range map[string]string{"./data/postgres": "data", "/srv/xiaohe/postgres/": "/srv/xiaohe"} {
		if got := Folder(dir); got != want {
			t.Errorf("%s: %s, not %s", dir, got, want)
		}
	}
}
