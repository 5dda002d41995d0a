using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TreasureHunt.Cli.Api;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Cli.Settings;

/// <summary>ConfigService's HTTP door, as an operator.</summary>
public sealed class SettingsClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly ApiClient _api;

    public SettingsClient(Uri config, string token)
    {
        _http = new HttpClient { BaseAddress = config, Timeout = TimeSpan.FromSeconds(15) };
        _api = new ApiClient(_http, token);
    }

    /// <summary>For a box; who asks is the user of this machine, or the name in HUNT_USER.</summary>
    public static SettingsClient Of(string boxName)
    {
        var connections = Connections.Of(boxName);
        var who = new[] { Environment.GetEnvironmentVariable("HUNT_USER"), Environment.UserName, "operator" }.First(name => name is { Length: > 0 })!;
        return new SettingsClient(connections.Config, connections.Token(who, Tokens.AnyHunt, Role.Operator));
    }

    public Task<FleetView> FleetAsync(CancellationToken cancel) => ReadAsync("/settings/fleet", Wire.Default.FleetView, cancel);

    public Task<SettingsConvergence> ConvergenceAsync(int limit, CancellationToken cancel) =>
        ReadAsync($"/settings/convergence?limit={limit}", Wire.Default.SettingsConvergence, cancel);

    public Task<SettingsView> GetAsync(CancellationToken cancel) => ReadAsync("/settings", Wire.Default.SettingsView, cancel);

    /// <param name="at">a version or a moment</param>
    public Task<SettingsView> GetAsync(string at, CancellationToken cancel) => ReadAsync($"/settings?at={Uri.EscapeDataString(at)}", Wire.Default.SettingsView, cancel);

    /// <param name="to">null: now</param>
    public Task<SettingsDiff> DiffAsync(string from, string? to, CancellationToken cancel) => ReadAsync(
        $"/settings/diff?from={Uri.EscapeDataString(from)}{(to is null ? "" : $"&to={Uri.EscapeDataString(to)}")}", Wire.Default.SettingsDiff, cancel);

    public Task<SettingWhy> WhyAsync(string key, SettingsSubject subject, CancellationToken cancel) => ReadAsync(
        $"/settings/why?key={key}&service={subject.Service}&instance={subject.Instance}{(subject.Group is null ? "" : $"&group={subject.Group}")}",
        Wire.Default.SettingWhy, cancel);

    /// <param name="waitSeconds">for a first change, when there is none yet</param>
    public Task<SettingsHistory> HistoryAfterAsync(long after, int limit, CancellationToken cancel, int waitSeconds = 0) =>
        ReadAsync($"/settings/history?after={after}&limit={limit}&wait={waitSeconds}", Wire.Default.SettingsHistory, cancel);

    public Task<SettingsHistory> HistoryAsync(int limit, CancellationToken cancel) => ReadAsync($"/settings/history?limit={limit}", Wire.Default.SettingsHistory, cancel);

    public Task<FleetReceipts> ReceiptsAsync(CancellationToken cancel) => ReadAsync("/settings/receipts", Wire.Default.FleetReceipts, cancel);

    public Task<LanesView> LanesAsync(CancellationToken cancel) => ReadAsync("/lanes", Wire.Default.LanesView, cancel);

    /// <summary>May be sent twice: the second finds its work done.</summary>
    /// <exception cref="ApiRefused">not acceptable, or the version has moved on</exception>
    public async Task<SettingsChanged> ChangeAsync(ChangeSettings ask, long? ifVersion, CancellationToken cancel)
    {
        using var answer = await _api.SendAsync(
            HttpMethod.Patch, "/settings", () => JsonContent.Create(ask, Wire.Default.ChangeSettings),
            headers =>
            {
                if (ifVersion is { } version) headers.TryAddWithoutValidation("If-Match", $"\"{version}\"");
            }, cancel);
        return await BodyAsync(answer, Wire.Default.SettingsChanged, cancel);
    }

    /// <summary>May be sent twice: the second finds its work done.</summary>
    /// <exception cref="ApiRefused">no such version, or a value of it is not acceptable any more</exception>
    public async Task<SettingsChanged> RollBackAsync(RollBackSettings ask, CancellationToken cancel)
    {
        using var answer = await _api.SendAsync(HttpMethod.Post, "/settings/rollback", () => JsonContent.Create(ask, Wire.Default.RollBackSettings), null, cancel);
        return await BodyAsync(answer, Wire.Default.SettingsChanged, cancel);
    }

    /// <param name="all">also the last closed ones</param>
    public Task<SettingsPlans> ProposalsAsync(bool all, CancellationToken cancel) =>
        ReadAsync($"/settings/proposals?all={(all ? "true" : "false")}", Wire.Default.SettingsPlans, cancel);

    /// <summary>May be sent twice: the second finds its work done.</summary>
    /// <exception cref="ApiRefused">a second person is needed, or it is too late</exception>
    public async Task<SettingsProposal> ApproveAsync(long proposal, CancellationToken cancel)
    {
        using var answer = await _api.SendAsync(HttpMethod.Post, $"/settings/proposals/{proposal}/approve", null, null, cancel);
        return await BodyAsync(answer, Wire.Default.SettingsProposal, cancel);
    }

    /// <summary>May be sent twice: the second finds its work done.</summary>
    /// <exception cref="ApiRefused">it is too late</exception>
    public async Task<SettingsProposal> WithdrawAsync(long proposal, string why, CancellationToken cancel)
    {
        using var answer = await _api.SendAsync(
            HttpMethod.Post, $"/settings/proposals/{proposal}/withdraw", () => JsonContent.Create(new WithdrawProposal(why), Wire.Default.WithdrawProposal), null, cancel);
        return await BodyAsync(answer, Wire.Default.SettingsProposal, cancel);
    }

    private async Task<T> ReadAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        using var answer = await _api.SendAsync(HttpMethod.Get, path, null, null, cancel);
        return await BodyAsync(answer, type, cancel);
    }

    private static async Task<T> BodyAsync<T>(HttpResponseMessage answer, JsonTypeInfo<T> type, CancellationToken cancel) =>
        await answer.Content.ReadFromJsonAsync(type, cancel) ?? throw new JsonException("ConfigService answered null.");

    public void Dispose() => _http.Dispose();
}
