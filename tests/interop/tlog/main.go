// Checks a journal's log/ with programs that nobody here wrote: golang.org/x/mod/sumdb's note and tlog.
//
//	tlog LOGDIR
//
// Opens the checkpoint and every epoch's final with the keys of the log, reads all tiles through tlog's authenticated reader, proves the
// inclusion of every record and the consistency of every final with the head. Prints figures; any failure is fatal.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type files struct {
	dir  string
	size int64
}

func (f files) Height() int { return 8 }

func group(n int64) string {
	s := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		s = fmt.Sprintf("x%03d/%s", n%1000, s)
	}
	return s
}

func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range tiles {
		p := filepath.Join(f.dir, "tile", strconv.Itoa(t.L), group(t.N))
		if t.W < 256 {
			p += ".p/" + strconv.Itoa(t.W)
		}
		data, err := os.ReadFile(p)
		if err != nil && t.W < 256 { // grown since
			data, err = os.ReadFile(strings.Split(p, ".p/")[0])
		}
		if err != nil {
			return nil, err
		}
		out = append(out, data[:t.W*32])
	}
	return out, nil
}

func (f files) SaveTiles([]tlog.Tile, [][]byte) {}

func open(dir, path string, keys ...string) (int64, tlog.Hash, int) {
	raw, err := os.ReadFile(filepath.Join(dir, path))
	if err != nil {
		log.Fatal(err)
	}
	var verifiers []note.Verifier
	for _, k := range keys {
		v, err := note.NewVerifier(strings.TrimSpace(k))
		if err != nil {
			log.Fatalf("%s: %v", k, err)
		}
		verifiers = append(verifiers, v)
	}
	n, err := note.Open(raw, note.VerifierList(verifiers...))
	if err != nil {
		log.Fatalf("%s: %v", path, err)
	}
	if len(n.UnverifiedSigs) != 0 || len(n.Sigs) != len(keys) {
		log.Fatalf("%s: %d signatures verified of %d keys, %d unknown", path, len(n.Sigs), len(keys), len(n.UnverifiedSigs))
	}
	lines := strings.Split(n.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil {
		log.Fatal(err)
	}
	return size, tlog.Hash(root), len(n.Sigs)
}

func entries(dir string, size int64) [][]byte {
	var out [][]byte
	for n := int64(0); n*256 < size; n++ {
		p := filepath.Join(dir, "tile", "entries", group(n))
		if w := size - n*256; w < 256 {
			p += ".p/" + strconv.FormatInt(w, 10)
		}
		data, err := os.ReadFile(p)
		if err != nil {
			log.Fatal(err)
		}
		for len(data) > 0 {
			l := int(data[0])<<8 | int(data[1])
			out = append(out, data[2:2+l])
			data = data[2+l:]
		}
	}
	return out
}

func main() {
	dir := os.Args[1]
	stable, _ := os.ReadFile(filepath.Join(dir, "log.vkey"))
	first, _ := os.ReadFile(filepath.Join(dir, "epoch/0/vkey"))
	// The keys announced by key records.
	keys := []string{string(first)}
	raw, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		log.Fatal(err)
	}
	size, err := strconv.ParseInt(strings.Split(string(raw), "\n")[1], 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	records := entries(dir, size)
	if int64(len(records)) != size {
		log.Fatalf("%d records, checkpoint says %d", len(records), size)
	}
	var finals []int64
	for i, r := range records {
		var e struct {
			Type string
			Key  struct{ Vkey string }
		}
		if err := json.Unmarshal(r, &e); err != nil {
			log.Fatalf("record %d: %v", i, err)
		}
		if e.Type == "key" {
			keys = append(keys, e.Key.Vkey)
			finals = append(finals, int64(i)+1)
		}
	}
	last := len(keys) - 1
	want := []string{string(stable), keys[last]}
	if len(finals) > 0 && finals[len(finals)-1] == size {
		want = append(want, keys[last-1])
	}
	headSize, root, _ := open(dir, "checkpoint", want...)
	reader := tlog.TileHashReader(tlog.Tree{N: headSize, Hash: root}, files{dir, headSize})
	for i, r := range records {
		p, err := tlog.ProveRecord(headSize, int64(i), reader)
		if err != nil {
			log.Fatalf("record %d: %v", i, err)
		}
		if err := tlog.CheckRecord(p, headSize, root, int64(i), tlog.RecordHash(r)); err != nil {
			log.Fatalf("record %d: %v", i, err)
		}
	}
	for i, s := range finals {
		fs, fr, _ := open(dir, fmt.Sprintf("epoch/%d/final", i), string(stable), keys[i], keys[i+1])
		if fs != s {
			log.Fatalf("final %d: size %d, key record says %d", i, fs, s)
		}
		p, err := tlog.ProveTree(headSize, fs, reader)
		if err != nil {
			log.Fatal(err)
		}
		if err := tlog.CheckTree(p, headSize, root, fs, fr); err != nil {
			log.Fatalf("final %d: %v", i, err)
		}
	}
	// A forged record must not pass.
	forged := bytes.Clone(records[0])
	forged[3] ^= 1
	p, _ := tlog.ProveRecord(headSize, 0, reader)
	if tlog.CheckRecord(p, headSize, root, 0, tlog.RecordHash(forged)) == nil {
		log.Fatal("a forged record passed")
	}
	fmt.Printf("note and tlog: %d records included, %d finals consistent, head signed by %d keys\n", len(records), len(finals), len(want))
}
