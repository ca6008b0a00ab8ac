package main

import (
	"fmt"
	"strings"

	"xiaohe/database"
	"xiaohe/knowledge"
)

// withPlaces is withCases for commands that name regions.
func (s *session) withPlaces(work func(*database.DB, *knowledge.Store) error) error {
	return s.withCases(func(db *database.DB) error {
		places := knowledge.NewStore(db.Pool, now)
		if err := places.LoadRegions(s); err != nil {
			return err
		}
		return work(db, places)
	})
}

// placeOf is the region of a prefix, as rights and hours are stored; the empty one is the whole country.
func (s *session) placeOf(places *knowledge.Store, prefix string) (knowledge.Region, error) {
	code := ""
	if prefix != "" {
		code = prefix + strings.Repeat("0", 12-len(prefix))
	}
	place, err := places.Region(s, code)
	if err != nil {
		return place, fmt.Errorf("name region %s: %w", prefix, err)
	}
	return place, nil
}
