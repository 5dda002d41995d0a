using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Ingress.Actions;
using TreasureHunt.Ingress.Traces;
using TreasureHunt.Ingress.Views;

namespace TreasureHunt.Cli.Api;

/// <summary>
/// The ingress as code: what docs/api describes. Every action carries an id the client made, so each call may be repeated
/// and repeats itself when the connection breaks or the ingress says "later". Thread-safe.
/// </summary>
public sealed class HuntApi(ApiClient client)
{
    private static readonly MediaTypeHeaderValue JsonType = new("application/json");

    /// <summary>For the holder of another token, over the same connections.</summary>
    public HuntApi As(string token) => new(client.As(token));

    /// <summary>For commands: one HTTP connection pool, a token of one's own.</summary>
    public static HuntApi For(Connections connections, string subject, params string[] roles) =>
        new(new ApiClient(new HttpClient { BaseAddress = connections.Ingress, Timeout = TimeSpan.FromSeconds(60) },
            connections.Token(subject, ServiceDefaults.Auth.Tokens.AnyHunt, roles)));

    public Task<ActionReply> PublishAsync(HuntDefinition definition, CancellationToken cancel) =>
        client.SendAsync<ActionReply>(HttpMethod.Put, $"/hunts/{definition.Hunt}", () => Body(definition), Once(), cancel);

    /// <param name="verb">open, close, pause, resume, freeze or thaw</param>
    public Task<ActionReply> SteerAsync(string hunt, string verb, CancellationToken cancel) =>
        client.SendAsync<ActionReply>(HttpMethod.Post, $"/hunts/{hunt}/{verb}", null, Once(), cancel);

    /// <summary>Returns once the broker has them: 1 to 256 actions.</summary>
    public async Task SubmitAsync(string hunt, IReadOnlyList<HuntAction> actions, CancellationToken cancel)
    {
        using var answer = await client.SendAsync(HttpMethod.Post, $"/hunts/{hunt}/actions", () => Body(actions), null, cancel);
    }

    /// <summary>Returns when all are decided, or when the wait is over; what is not decided then is pending.</summary>
    /// <param name="wait">whole seconds, at most 30</param>
    public Task<ActionReply[]> SubmitAndWaitAsync(string hunt, IReadOnlyList<HuntAction> actions, TimeSpan wait, CancellationToken cancel) =>
        client.SendAsync<ActionReply[]>(HttpMethod.Post, $"/hunts/{hunt}/actions", () => Body(actions),
            headers => headers.Add("Prefer", string.Create(CultureInfo.InvariantCulture, $"wait={(int)wait.TotalSeconds}")), cancel);

    /// <summary>null: no action of ours with this id has been decided.</summary>
    public async Task<ActionReply?> StatusAsync(string hunt, Guid actionId, CancellationToken cancel)
    {
        try
        {
            return await client.GetAsync<ActionReply>($"/hunts/{hunt}/actions/{actionId}", cancel);
        }
        catch (ApiRefused no) when (no.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Where an action's time went.</summary>
    /// <param name="hunt">null: whatever hunt it was for; operators of all hunts only</param>
    public Task<TraceReply> TraceAsync(string? hunt, Guid actionId, CancellationToken cancel) =>
        client.GetAsync<TraceReply>(hunt is null ? $"/actions/{actionId}/trace" : $"/hunts/{hunt}/actions/{actionId}/trace", cancel);

    public async Task<IReadOnlyList<HuntReply>> HuntsAsync(CancellationToken cancel)
    {
        var all = new List<HuntReply>();
        for (string? after = ""; after is not null;)
        {
            var page = await client.GetAsync<HuntsReply>($"/hunts?after={Uri.EscapeDataString(after)}", cancel);
            all.AddRange(page.Hunts);
            after = page.Next;
        }
        return all;
    }

    public Task<HuntReply> HuntAsync(string hunt, CancellationToken cancel) => client.GetAsync<HuntReply>($"/hunts/{hunt}", cancel);

    /// <param name="top">rows, 1 to 10,000</param>
    /// <param name="live">organisers only: what a frozen board does not show</param>
    /// <param name="atLeast">waits (bounded) until the board reflects this stream version; 0: as it is</param>
    public Task<BoardReply> BoardAsync(string hunt, int top, bool live, long atLeast, CancellationToken cancel) =>
        client.SendAsync<BoardReply>(HttpMethod.Get, $"/hunts/{hunt}/board?top={top}{(live ? "&live=true" : "")}", null, AtLeast(atLeast), cancel);

    public Task<TeamReply> TeamAsync(string hunt, string team, long atLeast, CancellationToken cancel) =>
        client.SendAsync<TeamReply>(HttpMethod.Get, $"/hunts/{hunt}/teams/{team}", null, AtLeast(atLeast), cancel);

    /// <summary>What happens in a hunt, without end: a lost connection is taken up where it broke.</summary>
    /// <param name="after">id of an event, or a stream version; null: from now on</param>
    /// <param name="live">organisers only: also what a frozen board holds back</param>
    /// <exception cref="ApiRefused">the ingress said no</exception>
    public async IAsyncEnumerable<SseItem<string>> FeedAsync(string hunt, string? after, bool live, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (var place = after; ;)
        {
            using var answer = await client.SendAsync(HttpMethod.Get, $"/hunts/{hunt}/feed{(live ? "?live=true" : "")}", null,
                headers => { if (place is not null) headers.Add("Last-Event-ID", place); }, cancel, HttpCompletionOption.ResponseHeadersRead);
            var feed = SseParser.Create(await answer.Content.ReadAsStreamAsync(cancel));
            await using var events = feed.EnumerateAsync(cancel).GetAsyncEnumerator(cancel);
            while (await GoesOnAsync(events))
            {
                place = events.Current.EventId ?? place; // not the parser's: that may be of an event that was cut off
                yield return events.Current;
            }
            await Task.Delay(feed.ReconnectionInterval > TimeSpan.Zero ? feed.ReconnectionInterval : TimeSpan.FromSeconds(1), cancel);
        }

        static async Task<bool> GoesOnAsync(IAsyncEnumerator<SseItem<string>> events)
        {
            try
            {
                return await events.MoveNextAsync();
            }
            catch (IOException)
            {
                return false; // the connection broke
            }
        }
    }

    private static Action<HttpRequestHeaders>? AtLeast(long version) =>
        version == 0 ? null : headers => headers.Add("If-Hunt-Version", version.ToString(CultureInfo.InvariantCulture));

    /// <summary>An id made once, before the first try.</summary>
    private static Action<HttpRequestHeaders> Once()
    {
        var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
        return headers => headers.Add("Idempotency-Key", id);
    }

    private static JsonContent Body(HuntDefinition definition) => JsonContent.Create(definition, Wire.Default.HuntDefinition, JsonType);

    private static ByteArrayContent Body(IReadOnlyList<HuntAction> actions)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(actions.ToArray(), Wire.Default.HuntActionArray));
        content.Headers.ContentType = JsonType;
        return content;
    }
}
