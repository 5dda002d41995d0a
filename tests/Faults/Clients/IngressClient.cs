using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Views;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Tests.Faults.Clients;

/// <summary>
/// A frontend as it should be: writes down what it sends, and sends it again with the same ids until it is accepted.
/// Thread-safe.
/// </summary>
public sealed class IngressClient(Uri ingress, byte[] tokenKey, ClientLedger ledger, TimeProvider clock) : IDisposable
{
    public const string Organiser = "organiser";

    private const int WaitSeconds = 5, ResendOneIn = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(WaitSeconds + 4), Rest = TimeSpan.FromMilliseconds(200), MaxRest = TimeSpan.FromSeconds(1);

    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 512, UseProxy = false }) { BaseAddress = ingress, Timeout = Patience };
    private readonly ConcurrentDictionary<string, string> _tokens = [];
    private readonly CancellationTokenSource _givingUp = new();

    public ClientLedger Ledger => ledger;

    /// <summary>Ends all retries: what is not accepted by now stays unknown.</summary>
    public void GiveUp() => _givingUp.Cancel();

    public void Dispose()
    {
        _http.Dispose();
        _givingUp.Dispose();
    }

    /// <summary>One request with one or more actions of a player. Returns when it is accepted, turned away for good, or given up.</summary>
    /// <param name="wait">ask for the outcomes</param>
    public async Task<IReadOnlyList<LedgerEntry>> SendAsync(string hunt, string subject, bool wait, params IReadOnlyList<HuntAction> actions)
    {
        var entries = ledger.Begin(hunt, subject, byService: false, actions);
        await UntilAcceptedAsync(hunt, subject, entries, wait);
        if (entries[0].Request % ResendOneIn == 0) await UntilAcceptedAsync(hunt, subject, entries, wait: true); // the reply was lost, say
        return entries;
    }

    /// <summary>An organiser publishes a hunt; returns when it is.</summary>
    public async Task PublishAsync(HuntDefinition definition)
    {
        var entry = ledger.Begin(definition.Hunt, Organiser, byService: false, new PublishHunt(definition) { ActionId = Guid.CreateVersion7(clock.GetUtcNow()) })[0];
        while (entry.AcceptedAt is null && entry.Complaint is null)
        {
            entry.Tries++;
            var (status, text, _) = await TryAsync(() =>
            {
                var request = Request(HttpMethod.Put, $"/hunts/{definition.Hunt}", Organiser, Role.Organiser);
                request.Content = new StringContent(JsonSerializer.Serialize(definition, Wire.Default.HuntDefinition), Encoding.UTF8, "application/json");
                request.Headers.Add("Idempotency-Key", $"{entry.Action.ActionId}");
                return request;
            });
            if (status == HttpStatusCode.Created)
            {
                entry.AcceptedAt = clock.GetTimestamp();
                Note(entry, ClientReply.One(text));
            }
            else if (status is not (null or HttpStatusCode.Accepted or HttpStatusCode.ServiceUnavailable))
            {
                entry.Complaint = $"turned away: {(int)status} {text}";
            }
            else
            {
                await PauseAsync(Rest);
            }
        }
        if (entry.Complaint is { } why) throw new InvalidOperationException($"{definition.Hunt} cannot be published: {why}");
    }

    /// <summary>The public board, at a stream version or later.</summary>
    public async Task<(long Version, IReadOnlyList<BoardRow> Rows)> BoardAsync(string hunt, long version)
    {
        for (var tries = 0; ; tries++)
        {
            var (status, text, _) = await TryAsync(() =>
            {
                var request = Request(HttpMethod.Get, $"/hunts/{hunt}/board?top=10000", "player-1");
                request.Headers.Add("If-Hunt-Version", version.ToString(CultureInfo.InvariantCulture));
                return request;
            });
            if (status == HttpStatusCode.OK)
            {
                using var board = JsonDocument.Parse(text);
                return (board.RootElement.GetProperty("version").GetInt64(),
                    [.. board.RootElement.GetProperty("rows").EnumerateArray().Select(row => row.Deserialize<BoardRow>(JsonSerializerOptions.Web)!)]);
            }
            if (tries == 10 || status is not (null or HttpStatusCode.ServiceUnavailable)) throw new InvalidOperationException($"The board of {hunt} at {version}: {(int?)status} {text}");
            await PauseAsync(Rest);
        }
    }

    /// <summary>Asks what became of an action, until it is known or the time is up.</summary>
    public async Task AskAsync(LedgerEntry entry, TimeSpan limit)
    {
        for (var began = clock.GetTimestamp(); clock.GetElapsedTime(began) < limit;)
        {
            var (status, text, _) = await TryAsync(() => Request(HttpMethod.Get, $"/hunts/{entry.Hunt}/actions/{entry.Action.ActionId}", entry.Actor));
            if (status == HttpStatusCode.OK && ClientReply.One(text) is { IsDecided: true } reply)
            {
                Note(entry, reply);
                return;
            }
            await PauseAsync(Rest);
        }
    }

    private async Task UntilAcceptedAsync(string hunt, string subject, IReadOnlyList<LedgerEntry> entries, bool wait)
    {
        var body = entries.Count == 1
            ? JsonSerializer.Serialize(entries[0].Action, Wire.Default.HuntAction)
            : $"[{string.Join(',', entries.Select(entry => JsonSerializer.Serialize(entry.Action, Wire.Default.HuntAction)))}]";
        while (!_givingUp.IsCancellationRequested)
        {
            foreach (var entry in entries) entry.Tries++;
            var (status, text, retryAfter) = await TryAsync(() =>
            {
                var request = Request(HttpMethod.Post, $"/hunts/{hunt}/actions", subject);
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
                if (wait) request.Headers.Add("Prefer", $"wait={WaitSeconds}");
                return request;
            });
            switch (status)
            {
                case HttpStatusCode.OK:
                case HttpStatusCode.Accepted:
                    foreach (var entry in entries) entry.AcceptedAt ??= clock.GetTimestamp();
                    if (wait) foreach (var (entry, reply) in entries.Zip(entries.Count == 1 ? [ClientReply.One(text)] : ClientReply.Many(text))) Note(entry, reply);
                    return;
                case null or HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests:
                    await PauseAsync(retryAfter is { } asked && asked < MaxRest ? asked : retryAfter is null ? Rest : MaxRest);
                    break;
                default:
                    foreach (var entry in entries) entry.Complaint = $"turned away: {(int)status} {text}";
                    return;
            }
        }
    }

    private void Note(LedgerEntry entry, ClientReply reply)
    {
        if (reply.ActionId != entry.Action.ActionId) entry.Complaint = $"asked about {entry.Action.ActionId}, told about {reply.ActionId}";
        else if (reply.Status == "conflict") entry.Complaint = "told that its id was used with another body";
        else if (!reply.IsDecided) return;
        else if (entry.Reply is { } before && before != reply) entry.Complaint = $"told {before}, and later {reply}";
        entry.DecidedAt ??= clock.GetTimestamp();
        entry.Reply ??= reply;
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string subject, string role = Role.Player) => new(method, path)
    {
        Headers =
        {
            Authorization = new AuthenticationHeaderValue("Bearer", _tokens.GetOrAdd(subject,
                name => Tokens.Mint(tokenKey, name, Tokens.AnyHunt, TimeSpan.FromHours(2), clock, role))),
        },
    };

    /// <summary>A null status: no answer, for whatever reason.</summary>
    private async Task<(HttpStatusCode? Status, string Text, TimeSpan? RetryAfter)> TryAsync(Func<HttpRequestMessage> make)
    {
        try
        {
            using var request = make();
            using var response = await _http.SendAsync(request, _givingUp.Token);
            return (response.StatusCode, await response.Content.ReadAsStringAsync(_givingUp.Token), response.Headers.RetryAfter?.Delta);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return (null, e.Message, null);
        }
    }

    private async Task PauseAsync(TimeSpan time) => await Task.Delay(time, clock, _givingUp.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
