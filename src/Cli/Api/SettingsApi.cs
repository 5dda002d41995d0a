using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Cli.Api;

/// <summary>ConfigService as code. Asking twice for the same change changes nothing the second time. Thread-safe.</summary>
public sealed class SettingsApi(ApiClient client)
{
    public static SettingsApi For(Connections connections, string subject) =>
        new(new ApiClient(new HttpClient { BaseAddress = connections.Config, Timeout = TimeSpan.FromSeconds(30) },
            connections.Token(subject, Tokens.AnyHunt, Role.Operator)));

    public Task<SettingsView> GetAsync(CancellationToken cancel) => client.GetAsync<SettingsView>("/settings", cancel);

    /// <param name="ifVersion">refused (412) when the settings have moved on from this version; null: whatever they are</param>
    /// <exception cref="ApiRefused">with the setting and the nearest value that is allowed</exception>
    public Task<SettingsChanged> ChangeAsync(ChangeSettings change, long? ifVersion, CancellationToken cancel) =>
        client.SendAsync<SettingsChanged>(HttpMethod.Patch, "/settings",
            () => JsonContent.Create(change, Wire.Default.ChangeSettings, new MediaTypeHeaderValue("application/json")),
            ifVersion is { } version ? headers => headers.IfMatch.Add(new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{version}\""))) : null,
            cancel);

    /// <param name="after">changes after this version; null: the latest ones</param>
    /// <param name="limit">changes at most</param>
    public Task<SettingsHistory> HistoryAsync(long? after, int limit, CancellationToken cancel) =>
        client.GetAsync<SettingsHistory>($"/settings/history?limit={limit}{(after is { } from ? $"&after={from}" : "")}", cancel);

    public Task<SettingDescription[]> SchemaAsync(CancellationToken cancel) => client.GetAsync<SettingDescription[]>("/settings/schema", cancel);

    /// <summary>Who works by which version.</summary>
    public Task<FleetReceipts> ReceiptsAsync(CancellationToken cancel) => client.GetAsync<FleetReceipts>("/settings/receipts", cancel);
}
