using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace FileMonitor.Agent.Security;

/// <summary>Decides who may request what. Thread-safe.</summary>
internal sealed class RequestGate
{
    // No script, style or picture from elsewhere, and nothing inline: a file name that got into the page as markup could do nothing.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string Scheme = "Bearer ";

    // Replaced as a whole: a request sees the old rules or the new ones.
    private volatile Rules _rules;

    public RequestGate(AgentOptions options) => _rules = Rules.Of(options);

    /// <summary>Takes another token and other names, for requests from now on. Streams that are open stay open.</summary>
    /// <param name="options">Options with the addresses that the agent listens on.</param>
    public void Take(AgentOptions options) => _rules = Rules.Of(options);

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
            return RefuseAsync(context, HttpStatusCode.MethodNotAllowed, "The agent only answers GET.");
        }

        // A foreign page cannot read an answer, but it could use up the places of readers. A link to the agent does no harm.
        if (context.Request.Headers["Sec-Fetch-Site"] == "cross-site" && context.Request.Headers["Sec-Fetch-Mode"] != "navigate")
        {
            return RefuseAsync(context, HttpStatusCode.Forbidden, "The agent does not answer to pages of others.");
        }

        return _rules.Hosts is not { } hosts || hosts.Contains(context.Request.Host.Host)
            ? next(context)
            : RefuseAsync(context, HttpStatusCode.BadRequest, "The agent is not called so. Add the name to Agent:AllowedHosts if it is meant.");
    }

    /// <summary>For every endpoint that reveals something about the machine: checks the token.</summary>
    public Task CheckTokenAsync(HttpContext context, RequestDelegate next)
    {
        if (_rules.TokenHash is not { } hash || (Given(context.Request) is { } token && CryptographicOperations.FixedTimeEquals(Hash(token), hash)))
        {
            return next(context);
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        return RefuseAsync(context, HttpStatusCode.Unauthorized, "The agent wants a token: Authorization: Bearer <token>.");
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
    /// <param name="Hosts">The names by which the agent may be called; null for any.</param>
    /// <param name="TokenHash">The hash of the token; null when none is needed.</param>
    private sealed record Rules(HashSet<string>? Hosts, byte[]? TokenHash)
    {
        // A foreign page can point its own host name to 127.0.0.1, and its script then has our origin. Beyond loopback the agent cannot know its
        // host names, but such a page does not know the token.
        public static Rules Of(AgentOptions options) => new(
            options.IsLoopbackOnly || options.AllowedHosts.Count > 0 ? new([.. Loopback.Names, .. options.AllowedHosts], StringComparer.OrdinalIgnoreCase) : null,
            options.BearerToken is { } token ? Hash(token) : null);
    }
}
