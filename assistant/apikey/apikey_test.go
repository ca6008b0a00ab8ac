package apikey_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/assistant/apikey"
	"xiaohe/assistant/audit"
	"xiaohe/database/dbtest"
	"xiaohe/knowledge"
)

// country is the code of the whole country.
const country = "100000000000"

// clock is a time that a test moves by hand.
type clock struct{ at atomic.Int64 }

func (c *clock) Now() time.Time          { return time.Unix(0, c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

func newKeys(t *testing.T) (*apikey.Store, *pgxpool.Pool, *clock) {
	t.Helper()
	pool := dbtest.New(t)
	c := &clock{}
	c.at.Store(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).UnixNano())
	if err := knowledge.NewStore(pool, c.Now).LoadRegions(t.Context()); err != nil {
		t.Fatal(err)
	}
	return apikey.New(pool, c.Now), pool, c
}

func add(t *testing.T, keys *apikey.Store, d apikey.Draft) (apikey.Key, string) {
	t.Helper()
	if d.Region == "" {
		d.Region = country
	}
	if d.Scopes == nil {
		d.Scopes = apikey.Scopes
	}
	key, text, err := keys.Add(t.Context(), audit.System, "测试", d)
	if err != nil {
		t.Fatal(err)
	}
	return key, text
}

func TestOnlyTheHashOfAKeyIsStored(t *testing.T) {
	t.Parallel()
	keys, pool, _ := newKeys(t)
	key, text := add(t, keys, apikey.Draft{Name: "区妇联"})
	if !strings.HasPrefix(text, apikey.Prefix) || len(text) != len(apikey.Prefix)+43 {
		t.Errorf("a key of %d characters", len(text))
	}
	var rows string
	err := pool.QueryRow(t.Context(), `SELECT (SELECT string_agg(k::text, '') FROM api_keys k) || (SELECT string_agg(a::text, '') FROM audit_log a)`).Scan(&rows)
	if err != nil || strings.Contains(rows, text) || strings.Contains(rows, text[3:]) {
		t.Errorf("%v: the key stands in %s", err, rows)
	}
	found, err := keys.Find(t.Context(), text)
	if err != nil || found.ID != key.ID || found.PerMinute != apikey.DefaultPerMinute || found.PerDay != apikey.DefaultPerDay {
		t.Errorf("%+v %v", found, err)
	}
	if _, err := keys.Find(t.Context(), text+"x"); !errors.Is(err, apikey.ErrUnknown) {
		t.Errorf("%v", err)
	}
}

// Many calls at once, on two nodes, use up a day and no more.
func TestNodesShareADay(t *testing.T) {
	t.Parallel()
	keys, pool, now := newKeys(t)
	key, _ := add(t, keys, apikey.Draft{Name: "两个节点", PerDay: 20})
	nodes := []*apikey.Store{keys, apikey.New(pool, now.Now)}
	var admitted, refused atomic.Int64
	var group sync.WaitGroup
	for i := range 60 {
		group.Go(func() {
			var limit *apikey.LimitError
			switch err := nodes[i%2].Admit(context.Background(), key, apikey.Chat); {
			case err == nil:
				admitted.Add(1)
			case errors.As(err, &limit) && limit.Daily && limit.Wait == 4*time.Hour: // 20:00 in China
				refused.Add(1)
			default:
				t.Errorf("%v", err)
			}
		})
	}
	group.Wait()
	if admitted.Load() != 20 || refused.Load() != 40 {
		t.Errorf("%d admitted, %d refused", admitted.Load(), refused.Load())
	}
	all, err := keys.List(t.Context())
	if err != nil || all[0].Today != 20 || all[0].Used == nil {
		t.Errorf("%+v %v", all, err)
	}
	now.advance(4 * time.Hour)
	if err := keys.Admit(t.Context(), key, apikey.Chat); err != nil {
		t.Errorf("after midnight in China: %v", err)
	}
	if all, _ := keys.List(t.Context()); all[0].Today != 1 {
		t.Errorf("%d calls of the new day", all[0].Today)
	}
}

func TestUseIsWrittenOnceAMinute(t *testing.T) {
	t.Parallel()
	keys, pool, now := newKeys(t)
	key, _ := add(t, keys, apikey.Draft{Name: "钟"})
	used := func() (at time.Time) {
		t.Helper()
		if err := keys.Admit(t.Context(), key, apikey.Search); err != nil {
			t.Fatal(err)
		}
		if err := pool.QueryRow(t.Context(), `SELECT used_at FROM api_keys`).Scan(&at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	first := used()
	now.advance(30 * time.Second)
	if again := used(); !again.Equal(first) {
		t.Errorf("%s, then %s", first, again)
	}
	now.advance(31 * time.Second)
	if later := used(); !later.After(first) {
		t.Errorf("a minute later still %s", later)
	}
}

func TestADisabledKeyIsRefusedAtOnceAndOnceIsLogged(t *testing.T) {
	t.Parallel()
	keys, pool, now := newKeys(t)
	key, text := add(t, keys, apikey.Draft{Name: "停用", PerMinute: 6000})
	if _, err := keys.Disable(t.Context(), audit.System, "停用"); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Disable(t.Context(), audit.System, "停用"); err != nil {
		t.Errorf("twice: %v", err)
	}
	if err := keys.Admit(t.Context(), key, apikey.Chat); !errors.Is(err, apikey.ErrDisabled) {
		t.Errorf("a call under way: %v", err)
	}
	found, err := keys.Find(t.Context(), text)
	if !errors.Is(err, apikey.ErrDisabled) {
		t.Errorf("%v", err)
	}
	for range 5 {
		if e := keys.Refused(t.Context(), audit.System, found, "chat", err); e != nil {
			t.Fatal(e)
		}
	}
	if e := keys.Refused(t.Context(), audit.System, apikey.Key{}, "chat", apikey.ErrUnknown); e != nil {
		t.Fatal(e)
	}
	now.advance(5 * time.Minute)
	_ = keys.Refused(t.Context(), audit.System, found, "chat", err)
	var rows string
	_ = pool.QueryRow(t.Context(), `SELECT string_agg(action || ' ' || result, ', ' ORDER BY action) FROM audit_log`).Scan(&rows)
	if rows != "api.denied denied, api.denied denied, key.added ok, key.disabled ok" {
		t.Errorf("audit: %s", rows)
	}
	if _, err := keys.Disable(t.Context(), audit.System, "没有的"); !errors.Is(err, apikey.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestAKeyThatRestsMayBeUsedAgain(t *testing.T) {
	t.Parallel()
	keys, _, now := newKeys(t)
	_, text := add(t, keys, apikey.Draft{Name: "慢", PerMinute: 3})
	for range 3 {
		if _, err := keys.Find(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	var limit *apikey.LimitError
	for range 3 { // refusals cost nothing
		if _, err := keys.Find(t.Context(), text); !errors.As(err, &limit) || limit.Daily || limit.Wait != 20*time.Second {
			t.Fatalf("%v", err)
		}
	}
	now.advance(20 * time.Second)
	if _, err := keys.Find(t.Context(), text); err != nil {
		t.Errorf("%v", err)
	}
}
