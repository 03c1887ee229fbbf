using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace FileMonitor.Agent.Security;

/// <summary>What a server asks of its requests.</summary>
/// <param name="Server">How it is called in sentences: <c>agent</c>.</param>
/// <param name="Section">Its section in the configuration.</param>
/// <param name="IsLoopbackOnly">Whether it can be reached from this machine only.</param>
/// <param name="AllowedHosts">Allowed host names, besides those of the loopback interface.</param>
/// <param name="BearerToken">The token that callers must send; null when none is needed.</param>
internal sealed record GateSettings(string Server, string Section, bool IsLoopbackOnly, IReadOnlyCollection<string> AllowedHosts, string? BearerToken)
{
    // A record writes all its properties.
    public override string ToString() => $"the gate of the {Server}";
}

/// <summary>Decides who may request what, for the agent and the collector. Thread-safe.</summary>
internal sealed class RequestGate
{
    // No script, style or picture from elsewhere, and nothing inline: a file name that got into the page as markup could do nothing.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string Scheme = "Bearer ";

    // Replaced as a whole: a request sees the old rules or the new ones.
    private volatile Rules _rules;

    public RequestGate(GateSettings settings) => _rules = Rules.Of(settings);

    /// <summary>Takes another token and other names, for requests from now on. Streams that are open stay open.</summary>
    public void Take(GateSettings settings) => _rules = Rules.Of(settings);

    /// <summary>For every request: checks method and host name, and sets the rules for browsers.</summary>
    public Task CheckRequestAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            headers.Allow = HttpMethods.Get;
            return RefuseAsync(context, HttpStatusCode.MethodNotAllowed, $"The {_rules.Server} only answers GET.");
        }

        // A foreign page cannot read an answer, but it could use up the places of readers. A link to the agent does no harm.
        if (context.Request.Headers["Sec-Fetch-Site"] == "cross-site" && context.Request.Headers["Sec-Fetch-Mode"] != "navigate")
        {
            return RefuseAsync(context, HttpStatusCode.Forbidden, $"The {_rules.Server} does not answer to pages of others.");
        }

        return _rules.Hosts is not { } hosts || hosts.Contains(context.Request.Host.Host)
            ? next(context)
            : RefuseAsync(context, HttpStatusCode.BadRequest, $"The {_rules.Server} is not called so. Add the name to {_rules.Section}:AllowedHosts if it is meant.");
    }

    /// <summary>For every endpoint that reveals something about the machine: checks the token.</summary>
    public Task CheckTokenAsync(HttpContext context, RequestDelegate next)
    {
        if (_rules.TokenHash is not { } hash || (Given(context.Request) is { } token && CryptographicOperations.FixedTimeEquals(Hash(token), hash)))
        {
            return next(context);
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        return RefuseAsync(context, HttpStatusCode.Unauthorized, $"The {_rules.Server} wants a token: Authorization: Bearer <token>.");
    }

    /// <summary>Answers with a status and a sentence.</summary>
    public static Task RefuseAsync(HttpContext context, HttpStatusCode status, string why)
    {
        context.Response.StatusCode = (int)status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(why + "\n", context.RequestAborted);
    }

    private static string? Given(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;

    // The hashes have equal length, so that the comparison does not reveal the length of the token.
    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>What is asked of a request.</summary>
    /// <param name="Server">How the server is called.</param>
    /// <param name="Section">Its section in the configuration.</param>
    /// <param name="Hosts">The names by which it may be called; null for any.</param>
    /// <param name="TokenHash">The hash of the token; null when none is needed.</param>
    private sealed record Rules(string Server, string Section, HashSet<string>? Hosts, byte[]? TokenHash)
    {
        // A foreign page can point its own host name to 127.0.0.1, and its script then has our origin. Beyond loopback a server cannot know its
        // host names, but such a page does not know the token.
        public static Rules Of(GateSettings settings) => new(
            settings.Server,
            settings.Section,
            settings.IsLoopbackOnly || settings.AllowedHosts.Count > 0 ? new([.. Loopback.Names, .. settings.AllowedHosts], StringComparer.OrdinalIgnoreCase) : null,
            settings.BearerToken is { } token ? Hash(token) : null);
    }
}
