namespace PowerPlanner.Benchmarks.Gate;

/// <summary>
/// All bounds of the gate. Bytes are those of a steady call: 0 means none; a plan has room for a field or two more (408 B and 424 B today), not for an array. A ratio is the straightforward implementation's time over the
/// library's, in one run; its floor is about a fifth of what a quiet machine shows (the README's table), so that no noise can fail it.
/// </summary>
internal static class GateBounds
{
    public static GateBound[] All { get; } =
    [
        //  what                                               bytes    ratio
        new("prefill step, inside",                                        0,     300),
        new("prefill step, ragged",                                        0,     220),
        new("prefill step, outside",                                       0,      95),
        new("decode step, inside",                                         0,     140),
        new("decode step, ragged",                                         0,      90),
        new("decode step, outside",                                        0,      30),
        new("decode steps of 3,000 batches",                               0,     400),
        new("plan on tables, from nothing",                          300_000,     150),
        new("plan, from nothing",                                    260_000,     1.4),
        new("plan of the reference's kind",                            2_304,    null),
        new("re-plan, other corrections",                                480,       5),
        new("re-plan, other budget",                                     480,       5),
        new("plan with caps, from nothing",                           80_000,       5),
        new("re-plan with caps, other corrections",                      480,       5),
        new("re-plan with caps, other budget",                           480,       4),
        new("tick without a sweep",                                      480,    null),
        new("division among 200 distinct deployments",                  null,      35),
        new("division among 200 identical deployments",                 null,      40),
    ];
}
