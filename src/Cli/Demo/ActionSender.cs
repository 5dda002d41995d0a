using System.Net;
using System.Net.Http.Headers;
using System.Text;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Ingress.Actions;

namespace TreasureHunt.Cli.Demo;

/// <summary>
/// Sends one subject's actions and does not give up: refused for now (429, 503), unanswered and lost ones go out again
/// with the same ids, which has no second effect. Everything is written into the ledger before it leaves. Sends of one
/// caller that are awaited one after the other keep their order.
/// </summary>
internal sealed class ActionSender(HttpClient http, string hunt, string actor, string token, Ledger ledger, TimeProvider clock)
{
    public static readonly TimeSpan GivesUpAfter = TimeSpan.FromSeconds(60), AnswerLimit = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8), Pause = TimeSpan.FromMilliseconds(200), MaxPause = TimeSpan.FromSeconds(2);

    public string Actor => actor;

    /// <summary>Returns once the broker has them; what becomes of them shows later.</summary>
    /// <param name="actions">1..256</param>
    public Task ConfirmAsync(IReadOnlyList<SentAction> actions, CancellationToken cancel) => PostAsync(actions, wait: false, null, cancel);

    /// <summary>Returns what became of them, in their order.</summary>
    /// <param name="actions">1..256</param>
    /// <param name="loseReplyAfter">the first answer gets lost after this time</param>
    public async Task<IReadOnlyList<ActionReply>> DecideAsync(IReadOnlyList<SentAction> actions, CancellationToken cancel, TimeSpan? loseReplyAfter = null)
    {
        var start = clock.GetTimestamp();
        for (; ; loseReplyAfter = null)
        {
            var replies = ActionWire.Replies(await PostAsync(actions, wait: true, loseReplyAfter, cancel), actions.Count > 1);
            foreach (var reply in replies) ledger.Learned(actor, reply);
            if (replies.All(reply => reply.Status != ReplyStatus.Pending)) return replies;
            if (clock.GetElapsedTime(start) > GivesUpAfter)
                throw new CommandFailed(ExitCode.Failed, $"{replies.Count(r => r.Status == ReplyStatus.Pending)} of {actor}'s actions are undecided after {GivesUpAfter.TotalSeconds:0} s.");
        }
    }

    private async Task<byte[]> PostAsync(IReadOnlyList<SentAction> actions, bool wait, TimeSpan? loseReplyAfter, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(actions.Count, Envelope.MaxActions);
        var body = ActionWire.Body(actions);
        var start = clock.GetTimestamp();
        for (var last = "no answer"; ; loseReplyAfter = null)
        {
            foreach (var sent in actions) ledger.Sending(actor, sent.Action);
            var pause = loseReplyAfter is null ? Pause : TimeSpan.Zero;
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                limit.CancelAfter(loseReplyAfter ?? AnswerLimit);
                using var request = Request(body, wait);
                using var answer = await http.SendAsync(request, limit.Token);
                var content = await answer.Content.ReadAsByteArrayAsync(limit.Token);
                if (answer.IsSuccessStatusCode) return content;
                last = $"{(int)answer.StatusCode} {Encoding.UTF8.GetString(content)}";
                if (answer.StatusCode != HttpStatusCode.TooManyRequests && (int)answer.StatusCode < 500)
                    throw new CommandFailed(ExitCode.Failed, $"{actor}'s {actions[0].Action.Kind} was turned away: {last}");
                if (answer.Headers.RetryAfter?.Delta is { } asked) pause = asked < MaxPause ? asked : MaxPause;
            }
            catch (Exception lost) when (lost is HttpRequestException or IOException || lost is OperationCanceledException && !cancel.IsCancellationRequested)
            {
                last = lost.Message;
            }
            if (clock.GetElapsedTime(start) > GivesUpAfter)
                throw new CommandFailed(ExitCode.Failed, $"{actor}'s {actions[0].Action.Kind} could not be delivered for {GivesUpAfter.TotalSeconds:0} s; last: {last}");
            await Task.Delay(pause, clock, cancel);
        }
    }

    private HttpRequestMessage Request(byte[] body, bool wait)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/hunts/{hunt}/actions") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (wait) request.Headers.Add("Prefer", $"wait={Patience.TotalSeconds:0}");
        return request;
    }
}
