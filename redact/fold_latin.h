/* Letters of the Latin script without their marks, two bytes a code point, '.' where nothing or no second letter stands.
 * Derived from the Unicode Character Database 14 (NFKD without combining marks, plus the letters that have no decomposition: ae, oe, ss, o, d, l ...).
 * Unicode licence v3 allows use of the data. Threads: constant. */
#pragma once

enum {
    FOLD_LATIN_FIRST = 0xC0,  /* Latin-1 letters, Latin Extended-A and -B */
    FOLD_LATIN_END = 0x250,
    FOLD_VIETNAMESE_FIRST = 0x1E00, /* Latin Extended Additional */
    FOLD_VIETNAMESE_END = 0x1F00,
};

static const char fold_latin[] =
    "A.A.A.A.A.A.AEC.E.E.E.E.I.I.I.I.D.N.O.O.O.O.O.x.O.U.U.U.U.Y.Thss"
    "a.a.a.a.a.a.aec.e.e.e.e.i.i.i.i.d.n.o.o.o.o.o./.o.u.u.u.u.y.thy."
    "A.a.A.a.A.a.C.c.C.c.C.c.C.c.D.d.D.d.E.e.E.e.E.e.E.e.E.e.G.g.G.g."
    "G.g.G.g.H.h.H.h.I.i.I.i.I.i.I.i.I.i.IJijJ.j.K.k.k.L.l.L.l.L.l.L."
    "l.L.l.N.n.N.n.N.n.n.N.n.O.o.O.o.O.o.OEoeR.r.R.r.R.r.S.s.S.s.S.s."
    "S.s.T.t.T.t.T.t.U.u.U.u.U.u.U.u.U.u.U.u.W.w.Y.y.Y.Z.z.Z.z.Z.z.s."
    "b.B...........C.c.D.D.D.d...E.E.E...f.G.....I.I.K.k.l...M.N.n.O."
    "O.o.....P.p.............T.t.T.U.u...V.Y.y.Z.z..................."
    "........DZDzdzLJLjljNJNjnjA.a.I.i.O.o.U.u.U.u.U.u.U.u.U.u.e.A.a."
    "A.a.....G.g.G.g.K.k.O.o.O.o.....j.DZDzdzG.g.....N.n.A.a........."
    "A.a.A.a.E.e.E.e.I.i.I.i.O.o.O.o.R.r.R.r.U.u.U.u.S.s.T.t.....H.h."
    "..d.........A.a.E.e.O.o.O.o.O.o.O.o.Y.y.l.n.t.j.....A.C.c.L.T..."
    "......B.U...E.e.J.j.....R.r.Y.y.";

static const char fold_vietnamese[] =
    "A.a.B.b.B.b.B.b.C.c.D.d.D.d.D.d.D.d.D.d.E.e.E.e.E.e.E.e.E.e.F.f."
    "G.g.H.h.H.h.H.h.H.h.H.h.I.i.I.i.K.k.K.k.K.k.L.l.L.l.L.l.L.l.M.m."
    "M.m.M.m.N.n.N.n.N.n.N.n.O.o.O.o.O.o.O.o.P.p.P.p.R.r.R.r.R.r.R.r."
    "S.s.S.s.S.s.S.s.S.s.T.t.T.t.T.t.T.t.U.u.U.u.U.u.U.u.U.u.V.v.V.v."
    "W.w.W.w.W.w.W.w.W.w.X.x.X.x.Y.y.Z.z.Z.z.Z.z.h.t.w.y.a.s.....SS.."
    "A.a.A.a.A.a.A.a.A.a.A.a.A.a.A.a.A.a.A.a.A.a.A.a.E.e.E.e.E.e.E.e."
    "E.e.E.e.E.e.E.e.I.i.I.i.O.o.O.o.O.o.O.o.O.o.O.o.O.o.O.o.O.o.O.o."
    "O.o.O.o.U.u.U.u.U.u.U.u.U.u.U.u.U.u.Y.y.Y.y.Y.y.Y.y.............";
