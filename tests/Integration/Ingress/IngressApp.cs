using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Ingress;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>The real ingress in this process, on a free port, on real servers.</summary>
internal sealed class IngressApp : IAsyncDisposable
{
    private readonly HuntOptions _options;

    private IngressApp(WebApplication app, HuntOptions options)
    {
        _options = options;
        App = app;
        Http = new HttpClient(new SocketsHttpHandler { MaxResponseDrainSize = 0 }) // what is disposed of is cut, not read to its end
        {
            BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()),
            Timeout = TimeSpan.FromSeconds(40),
        };
    }

    public WebApplication App { get; }
    public HttpClient Http { get; }

    public static async Task<IngressApp> StartAsync(HuntOptions options)
    {
        var app = Configured.Builder(options).BuildIngress();
        await app.StartAsync();
        return new IngressApp(app, options);
    }

    public T Service<T>() where T : notnull => App.Services.GetRequiredService<T>();

    public string Token(string subject, params string[] roles) => Token(subject, Tokens.AnyHunt, roles);

    public string Token(string subject, string hunt, string[] roles, TimeSpan? life = null, TimeProvider? clock = null) =>
        Tokens.Mint(_options.TokenKey, subject, hunt, life ?? TimeSpan.FromHours(1), clock ?? TimeProvider.System, roles);

    public void Set(Func<IngressSettings, IngressSettings> change)
    {
        var live = Service<LiveSettings>();
        live.Replace(live.Current with { Ingress = change(live.Current.Ingress) });
    }

    public Task<HttpResponseMessage> PostAsync(string path, string body, string? token, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, body, token, headers);

    public Task<HttpResponseMessage> GetAsync(string path, string? token, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, null, token, headers);

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body, string? token, params (string Name, string Value)[] headers) =>
        Http.SendAsync(Request(method, path, body, token, headers));

    /// <summary>Returns once the answer begins; whoever asked reads it, and disposes it.</summary>
    public Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, string? body, string? token, params (string Name, string Value)[] headers) =>
        Http.SendAsync(Request(method, path, body, token, headers), HttpCompletionOption.ResponseHeadersRead);

    public static HttpRequestMessage Request(HttpMethod method, string path, string? body, string? token, (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await App.StopInTimeAsync();
        Directory.Delete(_options.DataDir, recursive: true);
    }
}
