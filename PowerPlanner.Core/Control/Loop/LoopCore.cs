using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;

namespace PowerPlanner.Control.Loop;

/// <summary>
/// The decisions of one deployment's loop: from a state and what has happened to the next state and what is to be done. Pure but for what it tells
/// the report, which decides nothing: the same state and input always give the same answer, so that a recorded tick can be decided again.
/// </summary>
/// <remarks>
/// The parts of a tick lie in files of their own: <c>Observe</c> (what is seen), <c>Learn</c> (coefficients, flags), <c>Judge</c> (whether to
/// sweep), <c>Settle</c> (what a sweep means), <c>Move</c> (caps, replicas, probes), <c>Admit</c> (thresholds), <c>Publish</c> (status).
/// </remarks>
internal sealed partial class LoopCore(LoopRules rules, LoopReport report)
{
    private readonly ControlOptions _options = rules.Options;
    private readonly FeedbackOptions _feedback = rules.Feedback;
    private readonly LoopReport _report = report;

    /// <summary>Which command comes next; for tests that send steps in a wrong order to see that it is found out.</summary>
    internal NextStep NextStep { get; set; } = Transition.Next;

    /// <summary>Decides what comes next.</summary>
    /// <param name="state">What is known.</param>
    /// <param name="input">What has happened.</param>
    /// <param name="next">What is known then. It must be kept before the intent is carried out: what is about to be sent is charged in it.</param>
    /// <returns>What is to be done; nothing where the tick is over.</returns>
    public LoopIntent Decide(in LoopState state, in LoopInput input, out LoopState next)
    {
        // A sweep is part of its tick, however long it took: intervals and backoffs count from tick to tick, or each would last one tick longer.
        next = state with { Now = input.Kind == LoopInputKind.Swept ? state.Now : input.Now, Taken = input.Time };
        switch (input.Kind)
        {
            case LoopInputKind.Observed:
                if (Observe(ref next, input) is { } question)
                {
                    next = next with { Tick = next.Tick with { Phase = TickPhase.Sweeping } };
                    return new LoopIntent(question, null, null);
                }

                BeginMoving(ref next);
                break;
            case LoopInputKind.Swept:
                Settle(ref next, input.Sweep!);
                BeginMoving(ref next);
                break;
            case LoopInputKind.Reset:
                if (TurnOn(ref next))
                {
                    next = next with { Tick = next.Tick with { Swept = false, ShouldReoptimize = false } };
                }

                return default;
            case LoopInputKind.Unsent:
                Conclude(ref next, input);
                return default;
            case LoopInputKind.Cancelled:
                if (next.Tick.Phase == TickPhase.Moving && next.Tick.Command.Revision != 0)
                {
                    Conclude(ref next, input);
                }

                if (next.Tick.Phase == TickPhase.Sweeping)
                {
                    // What called for it may be over by the next tick; the answer is still to be seen.
                    next = next with { Watch = next.Watch with { IsSweepOwed = true } };
                }

                next = next with { Tick = next.Tick with { Phase = TickPhase.Idle } };
                return default;
            default:
                Conclude(ref next, input);
                break;
        }

        return Continue(ref next);
    }

    /// <summary>The next command of the tick, in the order: thresholds that fall, caps and replicas, thresholds that rise.</summary>
    private LoopIntent Continue(ref LoopState state)
    {
        while (true)
        {
            switch (state.Tick.Phase)
            {
                case TickPhase.Tightening:
                    if (NextThresholds(ref state) is { } falling)
                    {
                        return new LoopIntent(null, null, falling);
                    }

                    EndRound(ref state);
                    state = state with { Tick = state.Tick with { Phase = TickPhase.Moving } };
                    break;
                case TickPhase.Moving:
                    if (NextCommand(ref state) is { } command)
                    {
                        return new LoopIntent(null, command, null);
                    }

                    EndMoving(ref state);
                    state = state with { Tick = state.Tick with { Phase = TickPhase.Loosening } };
                    break;
                case TickPhase.Loosening:
                    if (NextThresholds(ref state) is { } rising)
                    {
                        return new LoopIntent(null, null, rising);
                    }

                    EndRound(ref state);
                    state = state with { Tick = state.Tick with { Phase = TickPhase.Publishing } };
                    break;
                default:
                    state = state with { Tick = state.Tick with { Phase = TickPhase.Idle } };
                    return default;
            }
        }
    }

    private static bool Exceeds(double value, double bound) => value > bound * (1 + 1e-9);
}
