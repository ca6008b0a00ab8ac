package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/audit"
)

// region is where all families of a run live, and all its staff work: 杭州市西湖区. Every worker may take every ticket,
// which is the hardest case for the queue.
const region = "330106"

// staff is what somebody of the staff has in their browser.
type staff struct {
	id     string
	login  string
	cookie string
	csrf   string
	all    bool // a supervisor
}

// place numbers are given in the order in which people come, so that no address has too many.
func (r *run) newPerson(number int, places []*place) *person {
	return &person{run: r, number: number, place: places[number/peoplePerPlace], turn: number}
}

func placesFor(people int) []*place {
	places := make([]*place, people/peoplePerPlace+1)
	for i := range places {
		places[i] = newPlace(i)
	}
	return places
}

// openGuests opens sessions and a conversation in each.
func (r *run) openGuests(ctx context.Context, n int, places []*place) error {
	first := len(r.guests)
	for i := range n {
		r.guests = append(r.guests, r.newPerson(first+i, places))
	}
	return each(ctx, n, func(ctx context.Context, i int) error {
		p := r.guests[first+i]
		var session struct {
			Token string `json:"token"`
		}
		if err := p.call(ctx, "POST", "/api/v1/session", struct{}{}, &session); err != nil {
			return fmt.Errorf("open a session: %w", err)
		}
		p.token = session.Token
		var conversation struct {
			ID uuid.UUID `json:"id"`
		}
		wish := struct {
			Region string `json:"region"`
		}{region}
		if err := p.call(ctx, "POST", "/api/v1/conversations", wish, &conversation); err != nil {
			return fmt.Errorf("open a conversation: %w", err)
		}
		p.threads = []*thread{{conv: conversation.ID}}
		return nil
	})
}

// call makes a request in the person's name.
func (p *person) call(ctx context.Context, method, path string, in, out any) error {
	address, err := p.run.cluster.address(p.turn)
	if err != nil {
		return err
	}
	return p.place.call(ctx, method, "http://"+address+path, p.authorise, in, out)
}

// openStaff makes accounts, logs them in and puts them on duty. The first supervisors of them are supervisors.
func (r *run) openStaff(ctx context.Context, n, supervisors, firstNumber int, places []*place) error {
	accounts, err := account.New(ctx, r.pool, time.Now)
	if err != nil {
		return fmt.Errorf("open accounts: %w", err)
	}
	mark := strings.ToLower(rand.Text()[:8])
	for i := range n {
		p := r.newPerson(firstNumber+i, places)
		p.staff = &staff{login: fmt.Sprintf("load-%s-%03d", mark, i), all: i < supervisors}
		r.workers = append(r.workers, p)
	}
	return each(ctx, n, func(ctx context.Context, i int) error { return r.employ(ctx, accounts, r.workers[i]) })
}

// employ makes one account and logs in with it.
func (r *run) employ(ctx context.Context, accounts *account.Store, p *person) error {
	name, role, capacity, scopes := "社工"+p.staff.login[len(p.staff.login)-3:], account.Worker, 20, []string{region}
	if p.staff.all {
		role, scopes = account.Supervisor, []string{region[:4]}
	}
	reply := !p.staff.all
	password := rand.Text()
	change := account.Change{Name: &name, Role: &role, CanReply: &reply, Capacity: &capacity, Scopes: &scopes}
	by := audit.Actor{Role: "system", Request: "load"}
	if err := patiently(ctx, func() error {
		_, _, err := accounts.Add(ctx, by, p.staff.login, change, password, false)
		return err
	}); err != nil {
		return fmt.Errorf("add an account: %w", err)
	}
	if err := patiently(ctx, func() error { return p.logIn(ctx, password) }); err != nil {
		return fmt.Errorf("log in: %w", err)
	}
	var me struct {
		ID   string `json:"id"`
		CSRF string `json:"csrf"`
	}
	if err := p.call(ctx, "GET", "/api/v1/console/me", nil, &me); err != nil {
		return fmt.Errorf("who am I: %w", err)
	}
	p.staff.id, p.staff.csrf = me.ID, me.CSRF
	duty := struct {
		Duty string `json:"duty"`
	}{"on"}
	if err := p.call(ctx, "PUT", "/api/v1/console/duty", duty, nil); err != nil {
		return fmt.Errorf("go on duty: %w", err)
	}
	return nil
}

// patiently waits while too many log in at the same time: that limit is not what is measured.
func patiently(ctx context.Context, try func() error) error {
	for {
		err := try()
		var busy *account.TooManyError
		var refused *refusal
		if !errors.As(err, &busy) && (!errors.As(err, &refused) || refused.Status != http.StatusTooManyRequests) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// logIn fills in the login form and keeps the cookie.
func (p *person) logIn(ctx context.Context, password string) error {
	address, err := p.run.cluster.address(p.turn)
	if err != nil {
		return err
	}
	form := url.Values{"login": {p.staff.login}, "password": {password}}
	request, err := http.NewRequestWithContext(ctx, "POST", "http://"+address+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := p.place.web.Transport.RoundTrip(request) // a redirect is the answer
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	for _, cookie := range response.Cookies() {
		if cookie.Name == "xiaohe_staff" {
			p.staff.cookie = cookie.Value
			return nil
		}
	}
	return &refusal{Status: response.StatusCode, Code: "login"}
}

// hold has the first n families ask for a person, and workers take them in turn and say good day. They must be online
// soon: a ticket whose owner is nowhere goes back to the queue.
func (r *run) hold(ctx context.Context, n int) error {
	var workers []*person
	for _, p := range r.workers {
		if !p.staff.all {
			workers = append(workers, p)
		}
	}
	if n > 0 && len(workers) == 0 {
		return errors.New("nobody can hold a conversation")
	}
	return each(ctx, n, func(ctx context.Context, i int) error {
		guest, worker := r.guests[i], workers[i%len(workers)]
		if err := take(ctx, guest, worker); err != nil {
			return err
		}
		conv := guest.threads[0].conv
		if err := worker.greet(ctx, conv); err != nil {
			return err
		}
		worker.mu.Lock()
		defer worker.mu.Unlock()
		worker.threads = append(worker.threads, &thread{conv: conv})
		return nil
	})
}

// greet says good day to a family whose ticket the person has taken.
func (p *person) greet(ctx context.Context, conv uuid.UUID) error {
	hello := letterData{p.run.post.prefix + "hello-" + conv.String()[24:], "text", "您好，我是社工，您慢慢说"}
	if err := p.call(ctx, "POST", "/api/v1/console/conv/"+conv.String()+"/messages", hello, nil); err != nil {
		return fmt.Errorf("say good day: %w", err)
	}
	return nil
}

// standing is what a family learns of its wish for a person.
type standing struct {
	Ticket struct {
		ID    uuid.UUID `json:"id"`
		Epoch int64     `json:"epoch"`
	} `json:"ticket"`
}

// take opens a ticket for a family and has a worker claim it.
func take(ctx context.Context, guest, worker *person) error {
	path := "/v1/conv/" + guest.threads[0].conv.String() + "/handoff"
	for method := "POST"; ; method = "GET" {
		var at standing
		if err := guest.call(ctx, method, path, nil, &at); err != nil {
			return fmt.Errorf("ask for a person: %w", err)
		}
		err := worker.claim(ctx, at.Ticket.ID, at.Ticket.Epoch)
		var refused *refusal
		if errors.As(err, &refused) && refused.Status == http.StatusConflict && refused.Owner == "" && ctx.Err() == nil {
			continue // it was offered to somebody in this moment
		}
		if err != nil {
			return fmt.Errorf("claim: %w", err)
		}
		return nil
	}
}
