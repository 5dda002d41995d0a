using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Ingress.Lanes;

/// <summary>
/// What this ingress has accepted on one lane and not yet seen decided: the lane's credit, and whom to tell. An outcome
/// for envelope n says that all before n are decided too, so a lost outcome never holds credit for long. Thread-safe.
/// </summary>
public sealed class LaneLedger(TimeProvider clock)
{
    /// <summary>
    /// A full lane that hears nothing for this long lets one request through: should all outcomes have been lost with
    /// the connection, the outcome of this one releases the rest.
    /// </summary>
    public static readonly TimeSpan ProbeAfter = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();

    // All below under _lock.
    private readonly Dictionary<ActionKey, int> _pending = [];
    private readonly Queue<SentEnvelope> _sent = new();
    private readonly AnsweredActions _answered = new();
    private long _lastNews = clock.GetTimestamp();

    /// <summary>Accepted and undecided actions.</summary>
    public int Undecided { get; private set; }

    public bool IsFull(int depth)
    {
        lock (_lock) return Full(depth);
    }

    /// <summary>Takes the submission's credit; false when the lane is full. The last one may pass the depth by 255.</summary>
    public bool TryTake(Submission submission, int depth)
    {
        lock (_lock)
        {
            if (Undecided >= depth)
            {
                if (Full(depth)) return false;
                _lastNews = clock.GetTimestamp();
            }
            if (Undecided == 0) _lastNews = clock.GetTimestamp(); // the silence is counted from when there is something to hear
            submission.TakenAt = clock.GetTimestamp();
            Undecided += submission.Count;
            for (var i = 0; i < submission.Count; i++)
            {
                var key = ActionKey.Of(submission.Actions[i]);
                _pending[key] = _pending.GetValueOrDefault(key) + 1;
            }
            return true;
        }
    }

    /// <summary>Gives back what was taken and never sent.</summary>
    public void GiveBack(Submission submission)
    {
        lock (_lock) Release(submission);
    }

    /// <summary>Just before it is published, for its outcome may come before the confirm.</summary>
    public void Sent(long sequence, Submission[] submissions, EnvelopeLife life)
    {
        lock (_lock) _sent.Enqueue(new SentEnvelope(sequence, submissions, life));
    }

    /// <summary>The broker did not confirm it: whether it arrived is unknown.</summary>
    public void Failed(long sequence)
    {
        lock (_lock)
        {
            foreach (var envelope in _sent)
            {
                if (envelope.Sequence != sequence) continue;
                foreach (var submission in envelope.Submissions) Release(submission);
                envelope.Released = true;
                return;
            }
        }
    }

    public void Decided(EnvelopeOutcomes answer)
    {
        while (true)
        {
            SentEnvelope? envelope;
            lock (_lock)
            {
                _lastNews = clock.GetTimestamp();
                if (!_sent.TryPeek(out envelope) || envelope.Sequence > answer.Sequence) return;
                _sent.Dequeue();
                if (!envelope.Released)
                    foreach (var submission in envelope.Submissions) Release(submission);
                if (envelope.Sequence == answer.Sequence)
                {
                    envelope.Life.Answer(answer.Stages);
                    _answered.Add(envelope.Submissions, envelope.Life);
                }
                else
                {
                    envelope.Life.Pass();
                }
            }
            Tell(envelope, envelope.Sequence == answer.Sequence ? answer.Outcomes : []);
        }
    }

    /// <summary>Is the action in our hands or in the lane?</summary>
    public bool IsPending(ActionKey key)
    {
        lock (_lock) return _pending.ContainsKey(key);
    }

    /// <summary>One of the actions that were answered last: when it was accepted (timestamp), and its envelope's life.</summary>
    public (long TakenAt, EnvelopeLife Life)? FindAnswered(ActionKey key)
    {
        lock (_lock) return _answered.Find(key);
    }

    private bool Full(int depth) => Undecided >= depth && clock.GetElapsedTime(_lastNews) < ProbeAfter;

    private void Release(Submission submission)
    {
        Undecided -= submission.Count;
        for (var i = 0; i < submission.Count; i++)
        {
            var key = ActionKey.Of(submission.Actions[i]);
            var count = _pending.GetValueOrDefault(key);
            if (count > 1) _pending[key] = count - 1; else _pending.Remove(key);
        }
    }

    /// <summary>Outcomes come in the order of the actions that were asked for; the ids are compared all the same.</summary>
    private static void Tell(SentEnvelope envelope, IReadOnlyList<Outcome> outcomes)
    {
        var next = 0;
        foreach (var submission in envelope.Submissions)
        {
            submission.End(Sending.Confirmed); // decided before the confirm came, or although it did not come
            if (!submission.Asks) continue;
            var mine = new Outcome?[submission.Count];
            for (var i = 0; i < mine.Length && next < outcomes.Count; i++)
                if (outcomes[next].ActionId == submission.Actions[i].Action.ActionId) mine[i] = outcomes[next++];
            submission.End(mine);
        }
    }

    private sealed class SentEnvelope(long sequence, Submission[] submissions, EnvelopeLife life)
    {
        public long Sequence { get; } = sequence;
        public Submission[] Submissions { get; } = submissions;
        public EnvelopeLife Life { get; } = life;
        public bool Released { get; set; }
    }
}

/// <summary>What makes an action the same action.</summary>
public readonly record struct ActionKey(string Hunt, string Actor, Guid ActionId)
{
    public static ActionKey Of(AcceptedAction action) => new(action.Hunt, action.Actor, action.Action.ActionId);
}
