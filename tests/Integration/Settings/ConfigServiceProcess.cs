using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using System.Text.Json;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Servers;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>A real ConfigService in a process of its own, so that it can be killed.</summary>
internal sealed class ConfigServiceProcess : IAsyncDisposable
{
    private readonly HuntOptions _options;
    private readonly HttpClient _http;
    private readonly StringBuilder _output = new();
    private Process? _process;

    private ConfigServiceProcess(HuntOptions options)
    {
        _options = options;
        _http = new HttpClient { BaseAddress = options.ConfigService };
    }

    /// <param name="options">its ConfigService address is chosen here; give <see cref="Options"/> to the readers</param>
    public static async Task<ConfigServiceProcess> StartAsync(HuntOptions options)
    {
        var service = new ConfigServiceProcess(options with { ConfigService = new Uri($"http://127.0.0.1:{Ports.Free(1)[0]}") });
        await SettingsStore.MigrateAsync(service._options, default);
        await service.StartAsync();
        return service;
    }

    public HuntOptions Options => _options;

    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    /// <summary>Does nothing while it runs.</summary>
    public async Task StartAsync()
    {
        if (_process is { HasExited: false }) return;
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "TreasureHunt.ConfigService.dll")])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = AppContext.BaseDirectory,
            Environment =
            {
                ["Hunt__Instance"] = _options.Instance,
                ["ConnectionStrings__Postgres"] = _options.Postgres,
                ["ConnectionStrings__RabbitMq"] = _options.RabbitMq.ToString(),
                ["Hunt__ConfigService"] = _options.ConfigService!.ToString(),
                ["Hunt__DataDir"] = _options.DataDir,
                ["Hunt__Lanes"] = _options.Lanes.ToString(),
                ["Hunt__SealKey"] = Convert.ToBase64String(_options.SealKey),
                ["Hunt__TokenKey"] = Convert.ToBase64String(_options.TokenKey),
                ["Hunt__Approval"] = _options.Approval ? "required" : "off",
                ["ASPNETCORE_URLS"] = _options.ConfigService!.GetLeftPart(UriPartial.Authority),
            },
        };
        _process = Process.Start(start)!;
        DataReceivedEventHandler keep = (_, line) => { lock (_output) _output.AppendLine(line.Data); };
        _process.OutputDataReceived += keep;
        _process.ErrorDataReceived += keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        for (var i = 0; i < 600; i++)
        {
            if (_process.HasExited) Assert.Fail($"ConfigService ended while it started:\n{Output}");
            if (await ServiceProcesses.IsReadyAsync(_http, default)) return;
            await Task.Delay(100);
        }
        Assert.Fail($"ConfigService is not ready after 60 s:\n{Output}");
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        if (_process is not { HasExited: false } process) return;
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, string? ifMatch = null, params string[] roles) =>
        await SendAsAsync("ops-anna", method, path, body, ifMatch, roles);

    public async Task<HttpResponseMessage> SendAsAsync(string who, HttpMethod method, string path, string? body = null, string? ifMatch = null, params string[] roles)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (roles.Length == 0) roles = [Role.Operator];
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer",
            Tokens.Mint(_options.TokenKey, who, Tokens.AnyHunt, TimeSpan.FromMinutes(10), TimeProvider.System, roles));
        return await _http.SendAsync(request);
    }

    public async Task<HttpResponseMessage> SendWithoutTokenAsync(string path) => await _http.GetAsync(path);

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type)
    {
        using var answer = await SendAsync(HttpMethod.Get, path);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonSerializer.Deserialize(text, type)!;
    }

    /// <summary>Changes one setting; the new version.</summary>
    public async Task<long> SetAsync(string key, int value)
    {
        using var answer = await SendAsync(HttpMethod.Patch, "/settings", $$"""{"changes":{"{{key}}":{{value}}},"why":"test"}""");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize(text, Wire.Default.SettingsChanged)!.Version;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _http.Dispose();
    }
}
