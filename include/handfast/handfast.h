/* All of handfast's public interface. */
#ifndef HANDFAST_HANDFAST_H
#define HANDFAST_HANDFAST_H

#include "handfast/config.h"
#include "handfast/connection.h"
#include "handfast/error.h"
#include "handfast/provider.h"
#include "handfast/session.h"
#include "handfast/stream.h"
#include "handfast/trace.h"
#include "handfast/verify.h"
#include "handfast/x509.h"

#endif
