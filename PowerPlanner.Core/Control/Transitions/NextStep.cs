namespace PowerPlanner.Control.Transitions;

/// <summary>Says which command comes next, as <see cref="Transition.Next"/> does.</summary>
internal delegate (int Role, CommandKind Kind, int Value)? NextStep(in FleetLedger ledger, in FleetTargets targets, in TransitionRules rules, ref TransitionCursor cursor);
