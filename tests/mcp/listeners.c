/* listeners.c — see listeners.h. */
#include "listeners.h"

#include "mcp/meta.h"

void
listeners_tell(struct mcp_listen *listen, enum mcp_topic topic)
{
    const char *method = topic == MCP_TOPIC_TOOLS ? "notifications/tools/list_changed"
                                                  : "notifications/prompts/list_changed";
    pthread_mutex_lock(&listen->lock);
    for (struct mcp_exchange *one = listen->first; one != NULL; one = one->next_listener) {
        if ((one->topics & topic) != 0) {
            mcp_exchange_notify(one, method,
                                json_pack("{s:{s:O}}", "_meta",
                                          MCP_META_PREFIX "subscriptionId", one->message.id));
        }
    }
    pthread_mutex_unlock(&listen->lock);
}
