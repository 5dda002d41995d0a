using System.Diagnostics;
using System.Threading.Channels;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults.Stages;

namespace TreasureHunt.Ingress.Lanes;

/// <summary>Completes when the broker has confirmed the envelope; throws when it did not in time.</summary>
public delegate Task PublishEnvelope(Envelope envelope, CancellationToken cancel);

/// <summary>
/// Group commit for one lane: one envelope is under way, and while its confirm is out the next one fills. Between two
/// envelopes of a busy lane lies the pace at least, so that middle load does not burn processor time on envelopes of few actions; where few come, it is
/// shorter, and an idle lane sends at once.
/// One task runs it; any thread may enqueue.
/// </summary>
/// <param name="pace">read for every envelope</param>
public sealed class LaneWriter(
    int lane, string ingress, string? replyTo, LaneLedger ledger, PublishEnvelope publish, Func<TimeSpan> pace, StageTimes stages, TimeProvider clock)
{
    /// <summary>Requests that wait for their envelope. More means the broker is slow: answered 503.</summary>
    public const int MaxWaitingRequests = 8192;

    private readonly Channel<Submission> _waiting = Channel.CreateBounded<Submission>(
        new BoundedChannelOptions(MaxWaitingRequests) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    /// <summary>Rises over restarts too: it begins with the time, leaving room for a million envelopes per millisecond.</summary>
    private long _sequence = clock.GetUtcNow().ToUnixTimeMilliseconds() << 20;

    /// <summary>
    /// After an envelope of few actions the next one waits so long for each of them, not for the whole pace. So a lane with an action every 4 ms fills its
    /// envelopes more and more, up to the pace; one with fewer goes on sending each as it comes.
    /// </summary>
    private static readonly TimeSpan PerAction = TimeSpan.FromMilliseconds(4);

    private long _lastSent; // 0: nothing yet
    private int _lastCount;
    private TimeSpan _paced; // what the pace cost the envelope that is sent next

    public int Lane => lane;
    public LaneLedger Ledger => ledger;

    /// <summary>The submission's credit must have been taken. False: there is no room, nothing was accepted.</summary>
    public bool TryEnqueue(Submission submission) => _waiting.Writer.TryWrite(submission);

    /// <summary>Ends when no more is accepted and all that was accepted has been sent, or when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var next = new List<Submission>();
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(cancel))
            {
                await PaceAsync(cancel);
                _lastCount = Take(next);
                await SendAsync([.. next], _lastCount, cancel);
                next.Clear();
            }
        }
        catch (OperationCanceledException)
        {
            // the host is stopping
        }
        finally
        {
            _waiting.Writer.TryComplete();
            while (_waiting.Reader.TryRead(out var left))
            {
                ledger.GiveBack(left);
                left.End(Sending.Unknown);
            }
        }
    }

    public void Complete() => _waiting.Writer.TryComplete();

    private async Task PaceAsync(CancellationToken cancel)
    {
        var asked = clock.GetTimestamp();
        var (longest, filling) = (pace(), _lastCount * PerAction);
        var rest = (filling < longest ? filling : longest) - clock.GetElapsedTime(_lastSent);
        if (_lastSent != 0 && rest > TimeSpan.Zero) await Task.Delay(rest, clock, cancel);
        _lastSent = clock.GetTimestamp();
        _paced = clock.GetElapsedTime(asked, _lastSent);
    }

    /// <summary>Whole requests, as many as fit an envelope.</summary>
    private int Take(List<Submission> next)
    {
        var count = 0;
        while (_waiting.Reader.TryPeek(out var submission) && count + submission.Count <= Envelope.MaxActions)
        {
            _waiting.Reader.TryRead(out _);
            next.Add(submission);
            count += submission.Count;
        }
        return count;
    }

    private async Task SendAsync(Submission[] submissions, int count, CancellationToken cancel)
    {
        var actions = new AcceptedAction[count];
        var filled = 0;
        foreach (var submission in submissions)
            for (var i = 0; i < submission.Count; i++) actions[filled++] = submission.Actions[i];

        var sequence = ++_sequence;
        var life = new EnvelopeLife(stages, clock, submissions, _paced);
        if (life.Span is { } span) Activity.Current = span; // the bus library's own span belongs below it
        ledger.Sent(sequence, submissions, life);
        try
        {
            await publish(new Envelope(lane, sequence, ingress, actions, replyTo, life.SentAt, Tracing.ToCarry(life.Span)), cancel);
            life.Confirm();
            foreach (var submission in submissions) submission.End(Sending.Confirmed);
        }
        catch (Exception) // whatever it was, the senders may not be left waiting; the publisher has logged it
        {
            ledger.Failed(sequence);
            foreach (var submission in submissions) submission.End(Sending.Unknown);
        }
    }
}
