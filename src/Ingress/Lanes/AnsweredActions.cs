namespace TreasureHunt.Ingress.Lanes;

/// <summary>The actions that were answered last on a lane, with the life of their envelope. Guarded by the lane's ledger.</summary>
public sealed class AnsweredActions
{
    /// <summary>Minutes of a quiet lane, seconds of one at its limit; some 400 KB.</summary>
    public const int MaxActionsPerLane = 8_192;

    private readonly (ActionKey Key, long TakenAt, EnvelopeLife Life)[] _ring = new (ActionKey, long, EnvelopeLife)[MaxActionsPerLane];
    private long _added;

    public void Add(Submission[] submissions, EnvelopeLife life)
    {
        foreach (var submission in submissions)
            for (var i = 0; i < submission.Count; i++)
                _ring[_added++ % MaxActionsPerLane] = (ActionKey.Of(submission.Actions[i]), submission.TakenAt, life);
    }

    /// <summary>Of an action that came more than once the first: that one was decided.</summary>
    /// <returns>null: not among the last ones</returns>
    public (long TakenAt, EnvelopeLife Life)? Find(ActionKey key)
    {
        for (var i = Math.Max(0, _added - MaxActionsPerLane); i < _added; i++)
            if (_ring[i % MaxActionsPerLane] is var (found, taken, life) && found == key) return (taken, life);
        return null;
    }
}
