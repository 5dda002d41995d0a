namespace TreasureHunt.Processors.Lanes;

/// <summary>What a processor sees of a lane at a moment.</summary>
/// <param name="Now">time since some fixed moment</param>
/// <param name="Owner">whom the plan names; null: nobody</param>
/// <param name="OwnerStoodBy">when the owner last said, by a report heard here, that it is subscribed and not active; null: it did not lately</param>
/// <param name="OwnerActive">the owner's last report says that it works the lane</param>
public readonly record struct LaneSight(TimeSpan Now, string? Owner, bool Subscribed, bool Active, TimeSpan? OwnerStoodBy, bool OwnerActive);

/// <summary>
/// When a processor gives a lane up, or its place in the broker's waiting line, to the planned owner. The broker hands a lane
/// to whoever waits longest, so those who wait and are not the owner step behind it once per owner; then whoever works the
/// lane gives it up, and it reaches the owner, mostly at once and after as many hops as there are other processors at most.
/// A lane is given up only when its owner has said that it stands by for it since the lane came here: an owner that is
/// away, or dead since, never leaves a lane passed around. One lane's own; not thread-safe; no clock, no bus.
/// </summary>
public sealed class LaneCourse(string me)
{
    /// <summary>Those who wait step behind the new owner before the lane is given up.</summary>
    public static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(300);

    /// <summary>A lane that comes back although it was given up is kept this long, then twice as long each time, at most <see cref="MaxKeep"/>.</summary>
    public static readonly TimeSpan FirstKeep = TimeSpan.FromSeconds(1), MaxKeep = TimeSpan.FromMinutes(1);

    /// <summary>Two that both say they work a lane for so long: one of them is mistaken (a connection that died unnoticed), so it is taken up anew.</summary>
    public static readonly TimeSpan MostBoth = TimeSpan.FromSeconds(5);

    private string? _owner;
    private TimeSpan _ownerSince, _activeSince, _keepUntil, _keep;
    private bool _wasActive, _isBehind;

    /// <summary>Looks at the lane, some times a second.</summary>
    /// <returns>true: close the lane's channel in order and subscribe anew</returns>
    public bool ShouldStepBehind(LaneSight sight)
    {
        if (sight.Owner != _owner)
        {
            (_owner, _ownerSince, _isBehind) = (sight.Owner, sight.Now, false);
            Forget();
        }
        if (sight.Active && !_wasActive) _activeSince = sight.Now;
        _wasActive = sight.Active;
        if (sight.OwnerActive && !sight.Active) Forget();

        var contradicted = sight is { Active: true, OwnerActive: true } && sight.Now - _activeSince >= MostBoth;
        if (sight.Owner is null || sight.Owner == me || !sight.Subscribed) return false;
        if ((contradicted ? sight.Now : sight.OwnerStoodBy) is not { } stoodBy) return false;
        if (!sight.Active)
        {
            if (_isBehind) return false;
            return _isBehind = true;
        }
        if (stoodBy < _activeSince || sight.Now - _ownerSince < HeadStart || sight.Now < _keepUntil) return false;
        _keep = _keep == TimeSpan.Zero ? FirstKeep : _keep * 2 < MaxKeep ? _keep * 2 : MaxKeep;
        _keepUntil = sight.Now + _keep;
        return _isBehind = true;
    }

    private void Forget() => (_keep, _keepUntil) = (TimeSpan.Zero, TimeSpan.Zero);
}
