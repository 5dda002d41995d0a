using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Tests.Faults.Clients;

/// <summary>An operator at ConfigService.</summary>
public sealed class ConfigClient : IDisposable
{
    private readonly HttpClient _http;

    public ConfigClient(Uri configService, byte[] tokenKey, TimeProvider clock)
    {
        _http = new HttpClient { BaseAddress = configService, Timeout = TimeSpan.FromSeconds(10) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Tokens.Mint(tokenKey, "ops", Tokens.AnyHunt, TimeSpan.FromHours(2), clock, Role.Operator));
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Changes settings; null sets one back to its default.</summary>
    /// <returns>the version in the stream</returns>
    public async Task<long> SetAsync(string why, params (Setting Setting, SettingValue? Value)[] changes)
    {
        var body = JsonSerializer.Serialize(new ChangeSettings(changes.ToDictionary(change => change.Setting.Key, change => change.Value), why), Wire.Default.ChangeSettings);
        using var response = await _http.PatchAsync("/settings", new StringContent(body, Encoding.UTF8, "application/json"));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"PATCH /settings {body}: {(int)response.StatusCode} {text}");
        return JsonSerializer.Deserialize(text, Wire.Default.SettingsChanged)!.Version;
    }

    public async Task<LanesView> LanesAsync() => JsonSerializer.Deserialize(await _http.GetStringAsync("/lanes"), Wire.Default.LanesView)!;

    public async Task<IReadOnlyList<SettingsReceipt>> ReceiptsAsync() =>
        JsonSerializer.Deserialize(await _http.GetStringAsync("/settings/receipts"), Wire.Default.FleetReceipts)!.Receipts;

    /// <summary>The version everybody should work by, and how an instance stands to it.</summary>
    public async Task<(long Version, Standing Standing)> StandingAsync(string instance)
    {
        var fleet = JsonSerializer.Deserialize(await _http.GetStringAsync("/settings/fleet"), Wire.Default.FleetView)!;
        return (fleet.Version, fleet.Instances.Single(one => one.Receipt.Instance == instance).Standing);
    }

    /// <summary>Waits until each of the instances has answered a version, or a later one.</summary>
    public async Task<IReadOnlyList<SettingsReceipt>> AppliedAsync(long version, TimeProvider clock, TimeSpan limit, params string[] instances)
    {
        for (var began = clock.GetTimestamp(); ; await Task.Delay(20))
        {
            var receipts = (await ReceiptsAsync()).Where(receipt => instances.Contains(receipt.Instance) && receipt.Version >= version).ToList();
            if (receipts.Count == instances.Length) return receipts;
            Assert.True(clock.GetElapsedTime(began) < limit,
                $"After {limit} version {version} was answered only by {string.Join(", ", receipts.Select(receipt => receipt.Instance).DefaultIfEmpty("nobody"))}.");
        }
    }
}
