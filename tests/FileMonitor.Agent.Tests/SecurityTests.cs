using System.Net;
using System.Net.Http.Headers;
using Xunit;

namespace FileMonitor.Agent.Tests;

public sealed class SecurityTests
{
    private const string Token = "0123456789abcdef-not-secret";

    public static TheoryData<string> Guarded => ["/metrics", "/healthz/ready", "/events", "/api/status", "/api/series", "/api/what-comes-one-day"];

    public static TheoryData<string> Open => ["/", "/index.html", "/healthz/live"];

    [Theory]
    [MemberData(nameof(Guarded))]
    public async Task With_a_token_set_what_says_something_wants_it(string path)
    {
        await using var agent = await StartWithTokenAsync();

        using var without = await agent.GetAsync(path);
        Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
        Assert.Equal("Bearer", without.Headers.WwwAuthenticate.Single().Scheme);

        foreach (var wrong in new[] { "x", Token[..^1], Token + "x", Token.ToUpperInvariant(), "" })
        {
            using var refused = await GetAsync(agent, path, "Bearer", wrong);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        using var otherScheme = await GetAsync(agent, path, "Basic", Token);
        Assert.Equal(HttpStatusCode.Unauthorized, otherScheme.StatusCode);
        using var inAddress = await agent.GetAsync(path + "?token=" + Token + "&access_token=" + Token);
        Assert.Equal(HttpStatusCode.Unauthorized, inAddress.StatusCode);

        using var right = await GetAsync(agent, path, "Bearer", Token);
        Assert.NotEqual(HttpStatusCode.Unauthorized, right.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Open))]
    public async Task The_page_and_the_sign_of_life_want_none(string path)
    {
        await using var agent = await StartWithTokenAsync();

        using var answer = await agent.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Guarded))]
    [MemberData(nameof(Open))]
    public async Task Every_answer_tells_a_browser_to_trust_nothing_else(string path)
    {
        await using var agent = await RunningAgent.StartAsync();

        using var answer = await agent.GetAsync(path);

        var headers = answer.Headers;
        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("same-origin", headers.GetValues("Cross-Origin-Resource-Policy").Single());
        Assert.False(headers.Contains("Server"));
        Assert.Equal(path is "/" or "/index.html" ? "no-cache" : "no-store", headers.CacheControl?.ToString().Split(',')[0]);
    }

    [Theory]
    [InlineData("localhost", "200")]
    [InlineData("LOCALHOST:9090", "200")]
    [InlineData("127.0.0.1:1", "200")]
    [InlineData("[::1]:9090", "200")]
    [InlineData("evil.example", "400")]
    [InlineData("evil.example:9090", "400")]
    [InlineData("127.0.0.1.evil.example", "400")]
    [InlineData("localhost.", "400")]
    [InlineData("", "400")]
    public async Task On_loopback_it_answers_only_to_names_of_this_machine(string host, string status)
    {
        await using var agent = await RunningAgent.StartAsync();

        foreach (var path in new[] { "/", "/api/status", "/healthz/live" })
        {
            Assert.StartsWith($"HTTP/1.1 {status} ", await RawConnection.AskAsync(agent.Address, $"GET {path}", host), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("cross-site", "no-cors", HttpStatusCode.Forbidden)]
    [InlineData("cross-site", "cors", HttpStatusCode.Forbidden)]
    [InlineData("cross-site", "navigate", HttpStatusCode.OK)]
    [InlineData("same-origin", "cors", HttpStatusCode.OK)]
    [InlineData("none", "navigate", HttpStatusCode.OK)]
    public async Task A_page_of_somebody_else_may_link_to_it_and_nothing_more(string site, string mode, HttpStatusCode expected)
    {
        await using var agent = await RunningAgent.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/status");
        request.Headers.Add("Sec-Fetch-Site", site);
        request.Headers.Add("Sec-Fetch-Mode", mode);

        using var answer = await agent.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task A_name_that_is_configured_is_answered_to()
    {
        await using var agent = await RunningAgent.StartAsync(new Dictionary<string, string?> { ["Agent:AllowedHosts"] = "files.example; other.example" });

        Assert.StartsWith("HTTP/1.1 200 ", await RawConnection.AskAsync(agent.Address, "GET /api/status", "files.example:80"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await RawConnection.AskAsync(agent.Address, "GET /api/status", "localhost"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 ", await RawConnection.AskAsync(agent.Address, "GET /api/status", "evil.example"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/../appsettings.json")]
    [InlineData("/%2e%2e/appsettings.json")]
    [InlineData("/%2e%2e%2fappsettings.json")]
    [InlineData("/..%2fappsettings.json")]
    [InlineData("/..%5cappsettings.json")]
    [InlineData("/%252e%252e/appsettings.json")]
    [InlineData("/a/../../appsettings.json")]
    [InlineData("/.%00./appsettings.json")]
    [InlineData("//appsettings.json")]
    [InlineData("/appsettings.json")]
    [InlineData("/../../../../../../etc/passwd")]
    [InlineData("/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("//etc/passwd")]
    [InlineData("/FileMonitor.Agent.dll")]
    [InlineData("http://localhost/../appsettings.json")]
    [InlineData("../appsettings.json")]
    public async Task What_is_not_of_the_page_is_not_served(string target)
    {
        await using var agent = await RunningAgent.StartAsync();

        var answer = await RawConnection.AskAsync(agent.Address, $"GET {target}");

        Assert.Matches("^HTTP/1.1 40[04] ", answer);
        Assert.DoesNotContain("LogLevel", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/vendor/")]
    [InlineData("/vendor")]
    [InlineData("/.")]
    [InlineData("/wwwroot/")]
    public async Task Directories_are_not_listed(string path)
    {
        await using var agent = await RunningAgent.StartAsync();

        var answer = await RawConnection.AskAsync(agent.Address, $"GET {path}");

        // Either nothing is there, or it is the page.
        Assert.True(answer.StartsWith("HTTP/1.1 404", StringComparison.Ordinal) || answer.StartsWith("HTTP/1.1 301", StringComparison.Ordinal) || answer.Contains("<title>", StringComparison.Ordinal), answer);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    [InlineData("NONSENSE")]
    public async Task Only_GET_is_answered(string method)
    {
        await using var agent = await RunningAgent.StartAsync();

        foreach (var path in new[] { "/", "/api/status", "/events", "/metrics" })
        {
            var answer = await RawConnection.AskAsync(agent.Address, $"{method} {path}", more: "Content-Length: 0\r\n");
            Assert.StartsWith("HTTP/1.1 405 ", answer, StringComparison.Ordinal);
            Assert.Contains("\r\nAllow: GET\r\n", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_too_long_is_refused()
    {
        await using var agent = await RunningAgent.StartAsync();

        Assert.StartsWith("HTTP/1.1 414 ", await RawConnection.AskAsync(agent.Address, "GET /" + new string('a', 9_000)), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 431 ", await RawConnection.AskAsync(agent.Address, "GET /", more: $"X: {new string('a', 17_000)}\r\n"), StringComparison.Ordinal);
    }

    private static Task<RunningAgent> StartWithTokenAsync() => RunningAgent.StartAsync(new Dictionary<string, string?> { ["Agent:BearerToken"] = Token });

    private static async Task<HttpResponseMessage> GetAsync(RunningAgent agent, string path, string scheme, string parameter)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue(scheme, parameter);
        return await agent.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }
}
