namespace PowerPlanner.Control.Loop;

/// <summary>What comes next in a tick.</summary>
internal enum TickPhase
{
    /// <summary>Nothing: no tick is under way.</summary>
    Idle,

    /// <summary>A sweep's answer.</summary>
    Sweeping,

    /// <summary>Thresholds that fall, before the fleet does.</summary>
    Tightening,

    /// <summary>Caps and replicas.</summary>
    Moving,

    /// <summary>Thresholds that rise, and those that frontends missed.</summary>
    Loosening,

    /// <summary>The status.</summary>
    Publishing,
}
