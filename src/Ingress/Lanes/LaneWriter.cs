using System.Diagnostics;
using System.Threading.Channels;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Stages;

namespace TreasureHunt.Ingress.Lanes;

/// <summary>Completes when the broker has confirmed the envelope; throws when it did not in time.</summary>
public delegate Task PublishEnvelope(Envelope envelope, CancellationToken cancel);

/// <summary>
/// Group commit for one lane: one envelope is under way, and while its confirm is out the next one fills. The lanes of an ingress send in rounds, so that
/// middle load burns no processor time on envelopes of few actions, and what they send is worked on together. One task runs it; any thread may enqueue.
/// </summary>
/// <param name="rounds">of all lanes of this ingress</param>
public sealed class LaneWriter(
    int lane, string ingress, string? replyTo, LaneLedger ledger, PublishEnvelope publish, Rounds rounds, StageTimes stages, TimeProvider clock)
{
    /// <summary>Requests that wait for their envelope. More means the broker is slow: answered 503.</summary>
    public const int MaxWaitingRequests = 8192;

    private readonly Channel<Submission> _waiting = Channel.CreateBounded<Submission>(
        new BoundedChannelOptions(MaxWaitingRequests) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    /// <summary>Rises over restarts too: it begins with the time, leaving room for a million envelopes per millisecond.</summary>
    private long _sequence = clock.GetUtcNow().ToUnixTimeMilliseconds() << 20;

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
                var asked = clock.GetTimestamp();
                if (_waiting.Reader.Count < Envelope.MaxActions) await rounds.JoinAsync(cancel); // else it is full, and waiting fills it no more
                var waited = clock.GetElapsedTime(asked);
                var count = Take(next);
                rounds.Took(count);
                await SendAsync([.. next], count, waited, cancel);
                next.Clear();
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
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

    /// <summary>Whole requests, as many as fit an envelope.</summary>
    private int Take(List<Submission> next)
    {
        var count = 0;
        while (_waiting.Reader.TryPeek(out var submission) && count + submission.Count <= Envelope.MaxActions)
        {
            _waiting.Reader.TryRead(out _);
            next.Add(submission);
            count += submission.Count;
            if (submission.Actions is [{ Action: PublishHunt }]) break; // one may have half a MiB, and the broker takes no message of many
        }
        return count;
    }

    /// <returns>the envelope's actions, and which of them are asked for; null: all</returns>
    private static (AcceptedAction[] Actions, int[]? Asked) Fill(Submission[] submissions, int count)
    {
        var (actions, asked) = (new AcceptedAction[count], new List<int>());
        var filled = 0;
        foreach (var submission in submissions)
        {
            foreach (var action in submission.Actions)
            {
                if (submission.Asks) asked.Add(filled);
                actions[filled++] = action;
            }
        }
        return (actions, asked.Count == count ? null : [.. asked]);
    }

    private async Task SendAsync(Submission[] submissions, int count, TimeSpan waited, CancellationToken cancel)
    {
        var (actions, asked) = Fill(submissions, count);
        var sequence = ++_sequence;
        var life = new EnvelopeLife(stages, clock, submissions, waited);
        if (life.Span is { } span) Activity.Current = span; // the bus library's own span belongs below it
        ledger.Sent(sequence, submissions, life);
        try
        {
            await publish(new Envelope(lane, sequence, ingress, actions, replyTo, life.SentAt, Tracing.ToCarry(life.Span), asked), cancel);
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
